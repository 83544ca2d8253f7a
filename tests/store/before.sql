-- The store of an experiment as version 0.1.0 of the app wrote it.
BEGIN TRANSACTION;
CREATE TABLE cluster (
	id VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	message VARCHAR NOT NULL, 
	workers INTEGER NOT NULL, 
	machine JSON NOT NULL, 
	heartbeat_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "cluster" VALUES('6de6907a1d49ae8c0e','stopped','The server was stopped.',0,'{}',1.79574531981666636465e+09);
CREATE TABLE experiments (
	id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "experiments" VALUES('c9c817e2c39938f10c','command line','','',1.79574531313517284395e+09);
CREATE TABLE guesses (
	experiment_id VARCHAR NOT NULL, 
	lesson VARCHAR NOT NULL, 
	guess JSON, 
	PRIMARY KEY (experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);
CREATE TABLE metrics (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	run_id VARCHAR NOT NULL, 
	phase INTEGER NOT NULL, 
	epoch DOUBLE NOT NULL, 
	step INTEGER NOT NULL, 
	elapsed_s DOUBLE NOT NULL, 
	images INTEGER NOT NULL, 
	split VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	value DOUBLE, 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "metrics" VALUES(1,'485ccd50cf4b548b23',0,1.0,1,5.63051109000298311002e-01,15,'train','loss',1.09861234029134124945e+00);
INSERT INTO "metrics" VALUES(2,'485ccd50cf4b548b23',0,1.0,1,5.64527110000199172645e-01,15,'train','accuracy',3.33333333333333314829e-01);
INSERT INTO "metrics" VALUES(3,'485ccd50cf4b548b23',0,1.0,1,5.65849139999045291915e-01,15,'val','loss',9.21899074797513318202e-01);
INSERT INTO "metrics" VALUES(4,'485ccd50cf4b548b23',0,1.0,1,5.66140464999989490024e-01,15,'val','accuracy',7.33333333333333281522e-01);
INSERT INTO "metrics" VALUES(5,'485ccd50cf4b548b23',0,1.0,1,5.66438247999030863866e-01,15,'train','learning_rate',0.005);
INSERT INTO "metrics" VALUES(6,'485ccd50cf4b548b23',0,2.0,2,0.574831980999079,30,'train','loss',8.90991592407226584704e-01);
INSERT INTO "metrics" VALUES(7,'485ccd50cf4b548b23',0,2.0,2,5.7564915900002233684e-01,30,'train','accuracy',0.8);
INSERT INTO "metrics" VALUES(8,'485ccd50cf4b548b23',0,2.0,2,5.75938541000141412951e-01,30,'val','loss',8.48129329661001074569e-01);
INSERT INTO "metrics" VALUES(9,'485ccd50cf4b548b23',0,2.0,2,5.76164316998983849771e-01,30,'val','accuracy',8.83333333333333303727e-01);
INSERT INTO "metrics" VALUES(10,'485ccd50cf4b548b23',0,2.0,2,5.76372947998606832697e-01,30,'train','learning_rate',0.0);
INSERT INTO "metrics" VALUES(11,'de5733edc5a55ea642',0,1.0,1,1.48351121799896645825e+00,15,'train','loss',1.38426869710286459813e+00);
INSERT INTO "metrics" VALUES(12,'de5733edc5a55ea642',0,1.0,1,1.4854191329995956039e+00,15,'train','accuracy',1.33333333333333331482e-01);
INSERT INTO "metrics" VALUES(13,'de5733edc5a55ea642',0,1.0,1,1.48595617299906734842e+00,15,'val','loss',2.67382504207795923534e+00);
INSERT INTO "metrics" VALUES(14,'de5733edc5a55ea642',0,1.0,1,1.48631463699894084129e+00,15,'val','accuracy',3.33333333333333314829e-01);
INSERT INTO "metrics" VALUES(15,'de5733edc5a55ea642',0,1.0,1,1.48660069399920757859e+00,15,'train','learning_rate',0.0015);
INSERT INTO "metrics" VALUES(16,'de5733edc5a55ea642',0,2.0,2,1.55077431899917428381e+00,30,'train','loss',1.32617781559626266019e-02);
INSERT INTO "metrics" VALUES(17,'de5733edc5a55ea642',0,2.0,2,1.55176353299975744448e+00,30,'train','accuracy',1.0);
INSERT INTO "metrics" VALUES(18,'de5733edc5a55ea642',0,2.0,2,1.55216465100056666415e+00,30,'val','loss',4.65398634010971368191e-01);
INSERT INTO "metrics" VALUES(19,'de5733edc5a55ea642',0,2.0,2,1.55243652599892811849e+00,30,'val','accuracy',0.75);
INSERT INTO "metrics" VALUES(20,'de5733edc5a55ea642',0,2.0,2,1.55266645899973809719e+00,30,'train','learning_rate',0.0);
CREATE TABLE notes (
	id INTEGER NOT NULL, 
	run_id VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE runs (
	id VARCHAR NOT NULL, 
	experiment_id VARCHAR NOT NULL, 
	arm INTEGER NOT NULL, 
	owner VARCHAR NOT NULL, 
	spec JSON NOT NULL, 
	strategy VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	started_at DOUBLE, 
	finished_at DOUBLE, 
	heartbeat_at DOUBLE NOT NULL, 
	stop_requested_at DOUBLE, 
	attempt INTEGER NOT NULL, 
	worker VARCHAR NOT NULL, 
	supervisor VARCHAR NOT NULL, 
	progress_label VARCHAR NOT NULL, 
	progress_done DOUBLE NOT NULL, 
	progress_total DOUBLE NOT NULL, 
	images_per_s DOUBLE, 
	summary JSON, 
	PRIMARY KEY (id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (id) ON DELETE CASCADE
);
INSERT INTO "runs" VALUES('de5733edc5a55ea642','c9c817e2c39938f10c',0,'command line','{"backbone": "tiny_resnet_cifar100", "strategy": "from_scratch", "data": {"dataset": "digits", "classes": ["0", "1", "2"], "per_class": 5, "validation_share": 0.2, "test_images": 30, "seed": 0, "imbalance": 1.0}, "image_size": 16, "plan": null, "head": {"kind": "pool", "dropout": 0.0, "start": "automatic"}, "optimizer": {"name": "adamw", "learning_rate": null, "weight_decay": 0.01, "momentum": 0.9, "schedule": "cosine"}, "epochs": 2, "seconds": null, "batch_size": 32, "augmentation": "none", "patience": null, "seed": 0, "mistake": "none"}','from_scratch','finished','',1.79574531313517284395e+09,1.79574531715769314769e+09,1.7957453196140069962e+09,1.7957453196140069962e+09,NULL,1,'tcp://127.0.0.1:40000','6de6907a1d49ae8c0e','Testing',30.0,30.0,NULL,'{"test_accuracy": 0.8333333333333334, "test_accuracy_low": 0.6643564949358396, "test_accuracy_high": 0.9266345762815145, "macro_f1": 0.8374727668845315, "roc_auc": 1.0, "test_loss": 0.4526740067544507, "test_images": 30, "train_images": 15, "val_images": 60, "per_class": [{"name": "0", "precision": 1.0, "recall": 0.8, "f1": 0.8888888888888888, "support": 10}, {"name": "1", "precision": 0.6666666666666666, "recall": 1.0, "f1": 0.8, "support": 10}, {"name": "2", "precision": 1.0, "recall": 0.7, "f1": 0.8235294117647058, "support": 10}], "confusion": [[8, 2, 0], [0, 10, 0], [0, 3, 7]], "prefix_s": 0.0, "train_s": 1.5680630059996474, "total_s": 2.162273895999533, "epochs": 2.0, "steps": 2, "trainable_params": 1208611, "total_params": 1211363, "cut": null, "prefix_images_per_s": null, "train_images_per_s": 19.13188429624029, "prefix_from_cache": false, "early_stopped": false, "notes": [], "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "machine": "x86_64", "system": "Linux"}, "source_task": null}');
INSERT INTO "runs" VALUES('485ccd50cf4b548b23','c9c817e2c39938f10c',1,'command line','{"backbone": "tiny_resnet_cifar100", "strategy": "feature_extraction", "data": {"dataset": "digits", "classes": ["0", "1", "2"], "per_class": 5, "validation_share": 0.2, "test_images": 30, "seed": 0, "imbalance": 1.0}, "image_size": 16, "plan": null, "head": {"kind": "pool", "dropout": 0.0, "start": "automatic"}, "optimizer": {"name": "adamw", "learning_rate": null, "weight_decay": 0.01, "momentum": 0.9, "schedule": "cosine"}, "epochs": 2, "seconds": null, "batch_size": 32, "augmentation": "none", "patience": null, "seed": 0, "mistake": "none"}','feature_extraction','finished','',1.79574531313517284395e+09,1.79574531715600824348e+09,1.79574531965210342412e+09,1.79574531965210342412e+09,NULL,1,'tcp://127.0.0.1:40000','6de6907a1d49ae8c0e','Testing on the source task',0.0,1.0,NULL,'{"test_accuracy": 0.8666666666666667, "test_accuracy_low": 0.7031867331796371, "test_accuracy_high": 0.9469034451594525, "macro_f1": 0.8560606060606061, "roc_auc": 1.0, "test_loss": 0.8504291549712282, "test_images": 30, "train_images": 15, "val_images": 60, "per_class": [{"name": "0", "precision": 0.8333333333333334, "recall": 1.0, "f1": 0.9090909090909091, "support": 10}, {"name": "1", "precision": 1.0, "recall": 0.6, "f1": 0.75, "support": 10}, {"name": "2", "precision": 0.8333333333333334, "recall": 1.0, "f1": 0.9090909090909091, "support": 10}], "confusion": [[10, 0, 0], [2, 6, 2], [0, 0, 10]], "prefix_s": 0.016356002000975423, "train_s": 0.5616913019985077, "total_s": 1.090147175000311, "epochs": 2.0, "steps": 2, "trainable_params": 771, "total_params": 1211363, "cut": "head_pool", "prefix_images_per_s": 4585.472659854604, "train_images_per_s": 53.41012028005323, "prefix_from_cache": false, "early_stopped": false, "notes": [], "versions": {"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "machine": "x86_64", "system": "Linux"}, "source_task": {"before": 0.694, "before_low": 0.6647406510279685, "before_high": 0.721774566679636, "after": 0.694, "after_low": 0.6647406510279685, "after_high": 0.721774566679636, "images": 1000, "data": "the first 1,000 of CIFAR-100''s test pictures"}}');
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE INDEX experiments_by_owner ON experiments (owner, created_at);
CREATE INDEX runs_by_experiment ON runs (experiment_id, arm);
CREATE INDEX runs_by_status ON runs (status);
CREATE INDEX guesses_by_lesson ON guesses (lesson);
CREATE UNIQUE INDEX notes_by_run ON notes (run_id, text);
CREATE INDEX metrics_by_run ON metrics (run_id, seq);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('metrics',20);
COMMIT;
