from tl_core.results import headline
from tl_core.results.headline import Score, Standing


def live(*arguments):
    return headline.live(*arguments).replace("\N{NO-BREAK SPACE}", " ")


def final(*arguments):
    return headline.final(*arguments).replace("\N{NO-BREAK SPACE}", " ")


SCRATCH = Standing("From scratch", "from_scratch", {5: 0.35, 6: 0.398})
PROBE = Standing("Feature extraction", "feature_extraction", {5: 0.69, 6: 0.71, 7: 0.72})
LP_FT = Standing("Probe, then fine-tune", "lp_ft", {5: 0.70, 6: 0.705})


def test_the_lead_is_taken_at_the_last_epoch_that_all_have_finished():
    assert live([SCRATCH, PROBE], 500) == (
        "Feature extraction leads from scratch by 31.2 points after 6 epochs: "
        "71.0 % against 39.8 % of 500 validation images."
    )


def test_the_leader_is_measured_against_its_twin_from_scratch():
    assert "leads from scratch" in live([LP_FT, PROBE, SCRATCH])
    assert "leads probe, then fine-tune" in live([LP_FT, PROBE])


def test_before_the_first_epoch():
    nothing = Standing("From scratch", "from_scratch", {})
    assert live([nothing, nothing]) == "The first points are on their way."
    assert headline.live([nothing], over=True) == "It ended before the first epoch was over."
    assert live([PROBE, nothing], 200) == (
        "Feature extraction: 72.0 % of 200 validation images after 7 epochs. The others have not finished an epoch yet."
    )


def test_what_ended_early_is_told_in_the_past():
    assert "Feature extraction led from scratch by 31.2 points" in headline.live([SCRATCH, PROBE], over=True)


def test_one_arm_and_a_tie():
    assert live([Standing("LP-FT", "lp_ft", {1: 0.5})]) == "LP-FT: 50.0 % after 1 epoch."
    level = Standing("Fine-tune all", "fine_tune_all", {6: 0.398})
    assert "are level after 6 epochs: 39.8 %" in live([SCRATCH, level])


def score(strategy: str, title: str, accuracy: float, half: float = 0.02) -> Score:
    return Score(title, strategy, accuracy, accuracy - half, accuracy + half, 2000)


def test_intervals_that_do_not_touch_are_a_win():
    scores = [score("from_scratch", "From scratch", 0.44), score("feature_extraction", "Feature extraction", 0.751)]
    assert final(scores) == (
        "Feature extraction beats from scratch by 31.1 points: 75.1 % against 44.0 % of 2,000 test images. "
        "More than the luck of the test images; another seed may still say otherwise."
    )


def test_intervals_that_overlap_are_too_close_to_call():
    scores = [score("lp_ft", "LP-FT", 0.75), score("fine_tune_all", "Fine-tune all", 0.76)]
    said = final(scores)
    assert "Fine-tune all is ahead of LP-FT by 1.0 points" in said
    assert "too close to call" in said


def test_one_score_none_and_a_tie():
    assert final([]) == "No arm has been tested."
    one = final([score("lp_ft", "LP-FT", 0.75)])
    assert one == "LP-FT: 75.0 % of 2,000 test images (95 % interval 73.0 % to 77.0 %)."
    assert "tie: 75.0 %" in final([score("lp_ft", "LP-FT", 0.75), score("custom", "Mine", 0.75)])


def lesson(scores):
    return headline.lesson(scores, "50 labels to train on and 200 to validate").replace("\N{NO-BREAK SPACE}", " ")


def test_the_lesson_names_the_labels_both_scores_and_the_lead():
    scores = [score("from_scratch", "From scratch", 0.38), score("lp_ft", "LP-FT", 0.642)]
    assert lesson(scores) == (
        "With 50 labels to train on and 200 to validate, LP-FT classified 64.2 % of 2,000 test images correctly, "
        "from scratch 38.0 %: a lead of 26.2 points, more than the luck of the test images."
    )


def test_the_lesson_does_not_hide_a_draw_or_a_defeat():
    close = [score("from_scratch", "From scratch", 0.63), score("lp_ft", "LP-FT", 0.64)]
    assert lesson(close).endswith("a lead of 1.0 points, too close to call.")
    lost = [score("from_scratch", "From scratch", 0.8), score("feature_extraction", "Feature extraction", 0.6)]
    assert "from scratch classified 80.0 % of 2,000 test images correctly, feature extraction 60.0 %" in lesson(lost)
    assert lesson([score("from_scratch", "From scratch", 0.6), score("lp_ft", "LP-FT", 0.6)]).endswith(": a tie.")
    assert lesson([score("lp_ft", "LP-FT", 0.75)]).startswith("LP-FT: 75.0 %")
