"""Sentences as a network reads them, and SST-2 as its publisher has it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tl_core.base.events import RunError
from tl_core.base.settings import keras_home
from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS
from tl_core.ml.data import archives, augment, sentences, sst2
from tl_core.ml.data.loaders import LOADERS
from tl_core.ml.data.splits import load

WORDS = 12


@pytest.fixture(scope="module")
def read() -> Callable[[np.ndarray], np.ndarray]:
    if not (keras_home() / "models" / "all-MiniLM-L6-v2").is_dir():
        pytest.skip("all-MiniLM-L6-v2 is not in the Keras home")
    return sentences.reader("minilm_l6", WORDS, lambda event: None, lambda: False)


class TestReader:
    def test_words_become_tokens_between_two_marks(self, read) -> None:
        first, second = read(np.array(["A good film.", "good"], object))
        assert first[:6].tolist() == [101, 1037, 2204, 2143, 1012, 102]
        assert second.tolist() == [101, 2204, 102] + [0] * (WORDS - 3)

    @given(text=some.text(some.characters(exclude_categories=["Cs"]), max_size=60))
    def test_whatever_is_written_has_its_length_and_is_padded_behind(self, read, text: str) -> None:
        (tokens,) = read(np.array([text], object))
        assert tokens.shape == (WORDS,)
        assert tokens.dtype == np.int32
        there = tokens != 0
        assert there[: there.sum()].all()

    def test_ten_thousand_words_are_cut_and_nul_bytes_are_no_words(self, read) -> None:
        long, empty = read(np.array(["good " * 10_000, "\0\0"], object))
        assert (long != 0).all()
        assert empty.tolist() == read(np.array([""], object))[0].tolist()

    def test_no_sentence_gives_no_row(self, read) -> None:
        assert read(np.array([], object)).shape == (0, WORDS)


def _dropping(strength: str, seed: int = 0) -> keras.Sequential:
    augmenter = sentences.augmenter(strength, False, seed)
    assert augmenter is not None
    return augmenter


class TestWordDropout:
    tokens = np.tile(np.array([101, *range(2000, 2030), 102, 0, 0], np.int32), (200, 1))

    @pytest.mark.parametrize("strength", ["light", "strong"])
    def test_a_share_of_the_words_gives_way_and_nothing_else(self, strength: str) -> None:
        changed = np.asarray(_dropping(strength)(self.tokens, training=True))
        dropped = changed != self.tokens
        assert (changed[dropped] == sentences.UNKNOWN).all()
        assert not dropped[:, [0, -3, -2, -1]].any()
        assert dropped[:, 1:31].mean() == pytest.approx(sentences.DROPPED[strength], abs=0.02)

    def test_it_depends_on_seed_and_epoch_alone(self) -> None:
        augmenter = _dropping("strong", 3)
        found = []
        for epoch in (0, 1, 0):
            augment.reseed(augment.seed_generators(augmenter), 3, epoch)
            found.append(np.asarray(augmenter(self.tokens, training=True)))
        np.testing.assert_array_equal(found[0], found[2])
        assert (found[0] != found[1]).any()

    def test_at_inference_sentences_stay(self) -> None:
        np.testing.assert_array_equal(_dropping("strong")(self.tokens), self.tokens)


class TestSST2:
    def test_it_is_downloaded_from_its_publisher_and_kept_as_it_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pools = DATASETS["sst2"].pools

        def download(url: str, path: Path, *rest: object, md5: str, sha256: str) -> None:
            assert (url, md5) == (sst2.URL, sst2.MD5)
            path.parent.mkdir(parents=True, exist_ok=True)
            train = [f"phrase {i} \t{i % 2}" for i in range(2 * max(pools) + 100)]
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("SST-2/train.tsv", "\n".join(["sentence\tlabel", *train]) + "\n")
                archive.writestr("SST-2/dev.tsv", "sentence\tlabel\nça , c'est bien \t1\nbad .\t0\n")

        monkeypatch.setattr(archives, "download", download)
        sst2.fetch(tmp_path / "datasets" / "sst2", lambda event: None, lambda: False)
        texts, labels, is_test = sst2.read(tmp_path / "datasets" / "sst2")
        assert np.bincount(labels[~is_test]).tolist() == list(pools)
        assert [text for text in texts[is_test]] == ["ça , c'est bien", "bad ."]
        assert labels[is_test].tolist() == [1, 0]
        assert all(int(text.split()[1]) % 2 == label for text, label in zip(texts[:50], labels[:50], strict=True))
        assert [path.name for path in (tmp_path / "datasets").iterdir()] == ["sst2"]

    @pytest.mark.parametrize("content", [None, "", "text\tlabel\n", "label\ttext\n2\tgood\n", "label\ttext\ngood\n"])
    def test_a_damaged_file_is_named_with_what_to_do(self, tmp_path: Path, content: str | None) -> None:
        (tmp_path / "dev.tsv").write_text("label\ttext\n0\tbad\n", encoding="utf-8")
        if content is not None:
            (tmp_path / "train.tsv").write_text(content, encoding="utf-8")
        with pytest.raises(RunError, match=r"SST-2 is damaged or incomplete .* Delete the folder"):
            sst2.read(tmp_path)

    def test_the_real_one_has_the_classes_that_the_catalogue_says(self) -> None:
        folder = keras_home() / DATASETS["sst2"].folder
        if not folder.is_dir():
            pytest.skip("SST-2 is not in the Keras home")
        texts, labels, is_test = sst2.read(folder)
        entry = DATASETS["sst2"]
        there = set(zip(texts, (entry.classes[label] for label in labels), strict=True))
        assert set(entry.samples) <= there
        assert tuple(np.bincount(labels[~is_test])) == entry.pools
        assert tuple(np.bincount(labels[is_test])) == entry.tests

    @pytest.mark.parametrize(
        ("phrases", "tied"),
        [
            (("it is a film that you forget", "a film that you forget at once"), False),  # five words in a row
            (("it is a film that you forget", "is a film that you forget at once"), True),
            (("what a wonderful film it is", "a wonderful film it"), True),
            (("what a wonderful film it is", "a wonderful film"), False),
            (("a wonderful film it", "a wonderful film it"), True),
            (("good", "good"), False),
        ],
    )
    def test_phrases_of_one_review_are_told_by_their_words(self, phrases: tuple[str, str], tied: bool) -> None:
        first, second = sst2.reviews(phrases)
        assert bool(first == second) == tied
        assert len(set(sst2.reviews(("", *phrases, "something else")))) == 4 - tied

    @given(some.lists(some.lists(some.sampled_from("ab"), max_size=9).map(" ".join), max_size=12))
    def test_a_phrase_inside_another_is_of_its_review(self, phrases: list[str]) -> None:
        found = sst2.reviews(phrases)
        for one, other in product(range(len(phrases)), repeat=2):
            if f" {phrases[one]} " in f" {phrases[other]} " and len(phrases[one].split()) >= sst2.WHOLE:
                assert found[one] == found[other]

    def test_no_review_is_on_both_sides_of_a_split(self, sst2: None) -> None:
        pictures = LOADERS["sst2"](lambda event: None, lambda: False)
        assert pictures.groups is not None
        for labels in (5, 200, None):
            data = DataSpec(dataset="sst2", per_class=labels, test_images=None)
            train, val, test = (part.ids for part in load(data, lambda event: None, lambda: False)[:3])
            assert not set(pictures.groups[train]) & set(pictures.groups[val])
            assert len(set(pictures.groups[test])) == len(test) == 872
            if labels is None:
                assert len(val) / (len(train) + len(val)) == pytest.approx(data.validation_share, abs=0.01)
