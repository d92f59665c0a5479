"""Distils VGG-19's first three blocks into the compact network.

    python train.py --teacher FOLDER --pictures FILE.npz --work FOLDER [--seed N] [--steps N]

Stops and goes on at any time: a checkpoint every few minutes in the work folder. Stages: distil.py, then refine.py.
"""

import argparse
import os
import pickle
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import distil
import refine
from data import Crops
from distil import Distilling
from networks import SEEN, STYLE, load_teacher
from refine import Refining
from rotation import EVERY
from start import closed_form
from student import Student

STAGES = [(distil, Distilling), (refine, Refining)]
COLUMNS = ["step", "rate", *distil.PARTS, *[f"activation {n}" for n in SEEN], *[f"gram {n}" for n in STYLE],
           "painted style", "painted content"]


def place(schedule: list, step: int) -> tuple:
    """The stage of a step, its phase, and the step's number in that."""
    for stage, phase in schedule:
        if step < phase.steps:
            return stage, phase, step
        step -= phase.steps
    raise IndexError(step)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--teacher", type=Path, required=True)
    options.add_argument("--pictures", type=Path, required=True)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--shorten", type=int, default=1, help="takes as many times fewer steps: for trials")
    given = options.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    checkpoint = given.work / "checkpoint.pickle"
    saved = pickle.loads(checkpoint.read_bytes()) if checkpoint.exists() else None
    schedule = [
        (stage, replace(phase, steps=max(1, phase.steps // given.shorten)))
        for stage, (module, _) in enumerate(STAGES)
        for phase in module.PHASES
    ]
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rng = np.random.default_rng(given.seed)
    crops = [Crops(given.pictures, rng, module.SIDE, slice(0, -60)) for module, _ in STAGES]
    aside = Crops(given.pictures, np.random.default_rng(5), 128, slice(-60, None))
    validation = tf.constant(np.stack([aside.plain() for _ in range(24)]))
    teacher = load_teacher(given.teacher)
    start = saved["start"] if saved else closed_form(teacher, np.stack([crops[0].training() for _ in range(56)]), rng)
    weights, maps, bases, errors = start
    student = Student(teacher, weights, maps, bases)
    variables = student.variables + student.average + student.optimizer.variables
    step = 0
    if saved:
        step = saved["step"]
        for variable, value in zip(variables, saved["variables"]):
            variable.assign(value)
        rng.bit_generator.state = saved["rng"]
    print("closed form", {k: round(v, 4) for k, v in errors.items()}, flush=True)

    log = (given.work / "log.csv").open("a")
    if step == 0:
        log.write(",".join(COLUMNS) + "\n")
    total, steps, entered = sum(phase.steps for _, phase in schedule), None, -1
    while step < total:
        stage, phase, at = place(schedule, step)
        module, make = STAGES[stage]
        if stage != entered:
            if stage > 0 and at == 0:
                for variable, mean in zip(student.variables, student.average):
                    variable.assign(mean)
            steps, entered = make(student, crops[stage], rng), stage
            sums, counted, saved_at, began = np.zeros(len(module.PARTS)), 0, time.time(), time.time()
        rate = phase.rate(at)
        student.optimizer.rate.assign(rate)
        if step % EVERY == 1:
            student.optimizer.turn()
        parts, norm = steps.step(phase)
        sums += np.array(parts)
        step, counted = step + 1, counted + 1
        if step % 20 == 0 or step == total:
            retired = steps.players.retired[-40:]
            painted = np.mean(retired, 0) if retired else [np.nan, np.nan]
            print(step, f"{(time.time() - began) / counted:.2f} s", f"rate {rate:.1e}", np.round(sums / counted, 4),
                  f"norm {norm:.2f}", "painted", np.round(painted, 4), flush=True)
            if step % 100 == 0 or step in (20, total):
                a, g = student.check(validation)
                losses = dict(zip(module.PARTS, sums / counted))
                row = [step, rate, *[losses.get(p, np.nan) for p in distil.PARTS], *[float(v) for v in [*a, *g]], *painted]
                log.write(",".join(f"{v:.5g}" for v in row) + "\n")
                log.flush()
            sums, counted, began = np.zeros(len(module.PARTS)), 0, time.time()
        if time.time() - saved_at > 150 or step == total:
            state = {"step": step, "variables": [v.numpy() for v in variables], "rng": rng.bit_generator.state, "start": start}
            store(checkpoint, state)
            store(given.work / "network.pickle", student.averaged())
            saved_at = time.time()


def store(file: Path, data) -> None:
    """Writes beside the file first, so that one that is stopped leaves the file as it was."""
    file.with_suffix(".new").write_bytes(pickle.dumps(data))
    file.with_suffix(".new").rename(file)


if __name__ == "__main__":
    main()
