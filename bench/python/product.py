"""Speed of PyTorch's dense product on one thread: one JSON line with GFLOP/s, the best of several rounds."""

import json
import time

import torch

torch.set_num_threads(1)
ROWS, INPUTS, UNITS = 64, 784, 256
TIMES = 100

x, w = torch.rand(ROWS, INPUTS) + 0.1, torch.rand(INPUTS, UNITS) + 0.1
y = torch.empty(ROWS, UNITS)
best = float("inf")
with torch.no_grad():
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(TIMES):
            torch.mm(x, w, out=y)
        best = min(best, (time.perf_counter() - start) / TIMES)
print(json.dumps({"gflops": 2 * ROWS * INPUTS * UNITS / best / 1e9}))
