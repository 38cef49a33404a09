"""What the demo models draw when they are asked for what training never showed them, judged by pixels alone."""

import tempfile
import time
from pathlib import Path

from generation.engine.demo import SHIPPED
from generation.engine.engine import Engine
from generation.engine.options import Options
from tools.demo_models.drawing import drawer
from tools.demo_models.exam import PASS_MARKS, QUESTIONS, marks

MODELS = ("pony", "flux")
MEASURES = ("colour", "shape", "place", "size")


def main() -> None:
    trained = [name for name in MODELS if (SHIPPED / name).is_dir()]
    print(f"{QUESTIONS} held-out prompts at 512², default settings; right answers, and what the models were to reach\n")
    print(f"{'':8}" + "".join(f"{name:>10}" for name in MEASURES) + f"{'s/picture':>12}")
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(SHIPPED, Path(folder), Options(device="cpu"))
        for name in trained:
            draw = drawer(engine, name)
            draw("a red circle")
            began = time.perf_counter()
            found = marks(lambda question, draw=draw: draw(question.prompt, seed=question.seed))
            seconds = (time.perf_counter() - began) / QUESTIONS
            print(f"{name:8}" + "".join(f"{found[measure]:>10.1%}" for measure in MEASURES) + f"{seconds:>12.2f}")
    print(f"{'goal':8}" + "".join(f"{PASS_MARKS[each]:>10.0%}" if each in PASS_MARKS else "" for each in MEASURES))
