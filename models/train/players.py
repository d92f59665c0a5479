"""Paintings in progress: what the network will see when it is used.

A player is a photograph, a painting and a picture that Adam moves down the student's loss (some follow the
teacher's), a step a visit. Training on these pictures shows the student the places that its own errors lead to.
"""

import numpy as np

from data import Crops

RATE = 0.03
TV = 30.0


class Players:
    """`count` players, visited `together` at a time, each replaced after its visits."""

    noise, blends = 0.15, 0.15
    """Shares of those that begin with noise, and between photograph and painting."""

    def __init__(self, crops: Crops, rng: np.random.Generator, count: int, together: int, targets):
        self.crops, self.rng, self.targets, self.together = crops, rng, targets, together
        self.players = [self.fresh(first=True) for _ in range(count)]
        self.next = 0
        self.retired: list[tuple[float, float]] = []

    def fresh(self, first=False) -> dict:
        rng = self.rng
        content, style = self.crops.plain(), self.crops.plain()
        x = content.copy()
        kind = rng.random()
        if kind < self.noise:
            x = rng.random(x.shape).astype(np.float32)
        elif kind < self.noise + self.blends:
            x = (0.5 * x + 0.5 * style).astype(np.float32)
        visits = self.visits()
        return {
            "content": content,
            "style": style,
            "x": x,
            "m": np.zeros_like(x),
            "v": np.zeros_like(x),
            "step": np.float32(0),
            "left": int(rng.integers(1, visits + 1)) if first else visits,
            "weight": np.float32(np.exp(rng.uniform(np.log(20), np.log(1500)))),
            "teacher": rng.random() < 0.2,
            "targets": self.targets(content[None], style[None]),
        }

    def visits(self) -> int:
        return int(self.rng.integers(15, 70))

    def group(self) -> list[dict]:
        """The players whose turn it is."""
        chosen = [self.players[(self.next + i) % len(self.players)] for i in range(self.together)]
        return chosen

    def move(self, student: np.ndarray, teacher: np.ndarray, style: np.ndarray, content: np.ndarray) -> None:
        """A step of Adam for the group, from both networks' gradients; the losses are the teacher's."""
        for i in range(self.together):
            at = (self.next + i) % len(self.players)
            p = self.players[at]
            g = (teacher if p["teacher"] else student)[i] + total_variation(p["x"])
            p["step"] += 1
            p["m"] = 0.9 * p["m"] + 0.1 * g
            p["v"] = 0.98 * p["v"] + 0.02 * g * g
            m = p["m"] / (1 - 0.9 ** p["step"])
            v = p["v"] / (1 - 0.98 ** p["step"])
            p["x"] = (p["x"] - RATE / (1 + p["step"] / 40) * m / (np.sqrt(v) + 1e-8)).astype(np.float32)
            p["left"] -= 1
            if p["left"] <= 0:
                if not p["teacher"] and p["step"] > 25:
                    self.retired.append((float(style[i]), float(content[i])))
                self.players[at] = self.fresh()
        self.next = (self.next + self.together) % len(self.players)


def total_variation(x: np.ndarray) -> np.ndarray:
    """The gradient of TV × the mean squared difference of neighbours."""
    g = np.zeros_like(x)
    down, across = np.diff(x, axis=0), np.diff(x, axis=1)
    g[1:] += down
    g[:-1] -= down
    g[:, 1:] += across
    g[:, :-1] -= across
    return TV * 2 * g / (down.size + across.size)
