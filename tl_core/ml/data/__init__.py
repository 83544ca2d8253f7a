"""Pictures and weights as arrays: seeded splits, augmentation, downloads."""
