"""The measured side of the benchmark's protocol, see bench/program.mjs.

A program tells its versions, and on what it runs, in its first line. Each request is one line of JSON:
{"model": "784-64-32-10 QAT", "data": "MNIST", "folder": "...", "batch": 64, "steps": 937}
and each answer another: {"ms_per_step": 1.3, "steps": 937, "accuracy": 0.9}, {"missing": "why"} for a model
the program does not have, or {"error": "why"}. A request without a model only loads the data; its answer is {}.
"""

import json
import sys
import time
import traceback

from data import load


class Missing(Exception):
    """The program has no such model; the message says why."""


def say(**answer):
    """Writes one line of JSON at once."""
    print(json.dumps(answer), flush=True)


def serve(versions, runs, build):
    """Answers requests until the input ends.

    versions: what to tell of oneself, versions by name.
    runs: on what, such as "one thread".
    build: called as build(sizes, variant, x, y, batch) for each new model, with `sizes` such as
        [784, 64, 32, 10] and a variant such as "QAT"; returns a function fit(rows, epochs) that trains on
        the first `rows` samples, goes on where the last call ended and returns the last epoch's accuracy.
    """
    say(versions=versions, runs=runs)
    current, fit = None, None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            x, y = load(request)
            if "model" not in request:
                say()
                continue
            batch, steps = request["batch"], request["steps"]
            row = request["model"], request["data"], batch
            if row != current:
                current, fit = None, None
                sizes, variant = request["model"].split(" ")
                fit = build([int(size) for size in sizes.split("-")], variant, x, y, batch)
                current = row
            # Whole epochs of whole batches, or one epoch on fewer samples.
            epoch = min(steps, len(x) // batch)
            epochs = max(1, round(steps / epoch))
            start = time.perf_counter()
            accuracy = fit(epoch * batch, epochs)
            seconds = time.perf_counter() - start
            say(ms_per_step=1000 * seconds / (epoch * epochs), steps=epoch * epochs, accuracy=accuracy)
        except Missing as reason:
            say(missing=str(reason))
        except Exception as error:
            traceback.print_exc()
            say(error=f"{type(error).__name__}: {error}")
