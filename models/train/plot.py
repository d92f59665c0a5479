"""Plots the training's log.

    python plot.py log.csv out.svg
"""

import csv
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "impasto"
import matplotlib.pyplot as plt


def main() -> None:
    with open(sys.argv[1], newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    steps = [row["step"] for row in rows]
    figure, (training, validation) = plt.subplots(1, 2, figsize=(10, 3.6), sharex=True)
    for name, title in {
        "activation": "activations",
        "gram": "Gram matrices",
        "residual": "difference of Gram matrices, of paintings in progress",
        "gradient": "gradients",
    }.items():
        training.plot(steps, [row[name] for row in rows], label=title)
    training.set_title("training, relative squared errors")
    for name in rows[0]:
        if name.startswith("activation ") or name.startswith("gram "):
            style = "-" if name.startswith("activation") else ":"
            validation.plot(steps, [row[name] for row in rows], style, label=name.replace("conv", "relu"))
    validation.set_title("24 pictures set aside, the averaged weights")
    for axes in (training, validation):
        axes.set_yscale("log")
        axes.set_xlabel("step")
        axes.legend(fontsize=6)
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={"Title": "Losses of the training over its steps", "Date": None})


if __name__ == "__main__":
    main()
