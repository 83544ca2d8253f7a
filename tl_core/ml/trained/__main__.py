"""`python -m tl_core.ml.trained`: the process in which trained models are asked (tl_core.processes.trained).

Questions come in by standard input and answers go out by standard output, both pickled: first Progress, any number,
then an answer, or a sentence that says why there is none. It lives as long as its standard input stays open, and keeps
the models that were asked last.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections import OrderedDict
from typing import Any

import psutil

from tl_core.base.events import Event, Progress, RunError
from tl_core.base.questions import Answer, Model, Predict, Question
from tl_core.base.spec import SpecError

KEPT = 4  # models at a time
NICE = 5  # between the pages and the runs


class Desk:
    """Answers questions, one at a time."""

    def __init__(self, out: Any) -> None:
        self.out = out
        self.models: OrderedDict[str, Any] = OrderedDict()

    def say(self, what: object) -> None:
        pickle.dump(what, self.out)
        self.out.flush()

    def emit(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.say(event)

    def answer(self, question: Question) -> Answer | str:
        self.emit(Progress("Loading TensorFlow", 0, 1))
        try:
            from tl_core.ml.trained import portable, predict, script

            if isinstance(question, Predict):
                return predict.predict(question, self._model)
            if question.model.spec.mistake != "none":
                return "This arm made a mistake on purpose, for a lesson. Take home the arm that did it right."
            pack = portable.pack if question.form in ("keras", "tflite") else script.pack
            return pack(question, self.emit)
        except (RunError, SpecError) as error:
            return str(error)
        except MemoryError:
            return "The computer ran out of memory. Try again when fewer runs are going on."
        except Exception as error:
            traceback.print_exc()
            first = (str(error).strip().splitlines() or [""])[0][:200]
            return f"The model could not be used: {type(error).__name__}: {first}. See trained.log in the data home."

    def _model(self, model: Model) -> Any:
        from tl_core.ml.trained.predict import Trained

        if model.run_id not in self.models:
            self.models[model.run_id] = Trained(model, self.emit, lambda: False)
        self.models.move_to_end(model.run_id)
        while len(self.models) > KEPT:
            self.models.popitem(last=False)
        return self.models[model.run_id]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the server, whose end closes the pipe
    if sys.platform != "win32":
        psutil.Process().nice(max(psutil.Process().nice(), NICE))
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not come between the answers
    desk = Desk(out)
    while True:
        try:
            question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        desk.say(desk.answer(question))


if __name__ == "__main__":
    main()
