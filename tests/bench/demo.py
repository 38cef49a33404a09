"""What the demo models draw when they are asked for what training never showed them, judged by pixels alone."""

import tempfile
import time
from pathlib import Path

from generation.engine.demo import SHIPPED
from generation.engine.engine import Engine
from generation.engine.options import Options
from tools.demo_models import motion_exam
from tools.demo_models.drawing import drawer
from tools.demo_models.exam import PASS_MARKS, QUESTIONS, marks
from tools.demo_models.filming import filmer

MODELS = ("pony", "flux")
MEASURES = ("colour", "shape", "place", "size")
VIDEO_MODELS = ("anisora", "phr00t")


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
    films()


def films() -> None:
    trained = [name for name in VIDEO_MODELS if (SHIPPED / name).is_dir()]
    print(f"\n{motion_exam.QUESTIONS} held-out prompts, 81 frames of 512², default settings; motion and middle frame\n")
    print(f"{'':8}" + "".join(f"{name:>10}" for name in motion_exam.MEASURES) + f"{'s/video':>12}")
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(SHIPPED, Path(folder), Options(device="cpu"))
        for name in trained:
            film = filmer(engine, name)
            film("a red circle", num_frames=17)
            began = time.perf_counter()
            found = motion_exam.marks(lambda question, film=film: film(question.prompt, seed=question.still.seed))
            seconds = (time.perf_counter() - began) / motion_exam.QUESTIONS
            print(f"{name:8}" + "".join(f"{found[each]:>10.1%}" for each in motion_exam.MEASURES) + f"{seconds:>12.2f}")
    marks_to_pass = motion_exam.PASS_MARKS
    print(
        f"{'goal':8}"
        + "".join(f"{marks_to_pass[each]:>10.0%}" for each in motion_exam.MEASURES if each in marks_to_pass)
    )
