"""Asks QKeras 0.9.0 for the energies and the names of operations in qtools.json: python makeQtools.py > qtools.json

Needs TensorFlow 2.21, tf_keras, QKeras 0.9.0 and networkx.
"""
import contextlib
import io
import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # QKeras knows Keras 2 only
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from qkeras import QActivation, QDense, get_quantizer, print_qstats
from qkeras.estimate import extract_model_operations
from qkeras.qtools import run_qtools, settings
from qkeras.qtools.config_public import config_settings

# QTools counts what has no quantizer as quantized_bits(8,0,1), but for this; see defaultIntermQuantizer.
config_settings["default_interm_quantizer"] = "fp32"
settings.cfg.default_interm_quantizer = "fp32"

SRAM = {"weightsOnMemory": "sram", "activationsOnMemory": "sram", "rdWrOnIo": False, "minSramSize": 0}
DRAM = {"weightsOnMemory": "dram", "activationsOnMemory": "dram", "rdWrOnIo": True, "minSramSize": 8 * 16 * 1024 * 1024}
FIXED = {"weightsOnMemory": "fixed", "activationsOnMemory": "fixed", "rdWrOnIo": False, "minSramSize": 0}
BITS8 = "quantized_bits(8,0,alpha=1)"


def net(name, inputs, sizes, kernel, bias, activation, options=SRAM, source="quantized_bits(8,0)", output=None):
    return {
        "name": name, "inputs": inputs, "sizes": sizes, "kernelQuantizer": kernel, "biasQuantizer": bias, "activation": activation,
        "outputActivation": output, "options": {**options, "sourceQuantizer": source},
    }


SMALL = (12, [9, 3])
NETS = [
    net("784-64-32-10, 8 bits", 784, [64, 32, 10], BITS8, BITS8, "quantized_relu(8,2)"),
    net("784-64-32-10, float32", 784, [64, 32, 10], None, None, "relu", DRAM),
    net("784-64-32-10, float32, input too", 784, [64, 32, 10], None, None, "relu", FIXED, "fp32"),
    net(
        "studentQ_MLP of the lecture", 30, [20, 10, 10, 4], "quantized_bits(9,1,alpha=1)", "quantized_bits(23,15,alpha=1)",
        "quantized_relu(16,15)", SRAM, output="quantized_bits(32,15,alpha=1)",
    ),
    net(
        "784-250-100-20-10, quantized_bits(8,4)", 784, [250, 100, 20, 10], "quantized_bits(8,4,alpha=1)",
        "quantized_bits(8,4,alpha=1)", "quantized_bits(8,4)", DRAM,
    ),
    net("constant powers of two", *SMALL, "quantized_po2(4)", BITS8, "quantized_relu(4,2)", {**FIXED, "isInference": True}),
    *(
        net(f"weights {kernel}, activations {activation}", *SMALL, kernel, BITS8, activation, FIXED, source)
        for kernel in [
            "quantized_bits(2,1,alpha=1)", "quantized_bits(5,1,alpha=1)", "quantized_bits(5,1,keep_negative=False,alpha=1)",
            "quantized_po2(4)", "quantized_po2(4,2)", "quantized_po2(3,0.5)", "ternary(alpha=1)", "stochastic_ternary(alpha=1)",
            "binary(alpha=1)", "binary(1,alpha=1)", "stochastic_binary(alpha=1)", "bernoulli(alpha=1)",
        ]
        for activation, source in [
            ("quantized_relu(4,2)", "quantized_relu(6,0)"), ("quantized_bits(6,2)", "quantized_bits(3,0)"), ("quantized_relu(6,2,0,0.25)", "binary(1)"),
            ("quantized_relu(1,1)", "quantized_relu(1,1)"), ("quantized_tanh(5)", "quantized_bits(7,1)"), ("quantized_ulaw(6,1)", "fp32"),
            ("quantized_relu_po2(4)", "quantized_relu_po2(3,1)"), ("quantized_po2(4,4)", "quantized_po2(5)"), ("ternary()", "ternary()"),
            ("binary()", "binary()"), ("stochastic_binary()", "stochastic_ternary()"), ("bernoulli()", "quantized_relu_po2(4,8)"),
        ]
    ),
]


def model_of(case):
    inputs, sizes, kernel = case["inputs"], case["sizes"], case["kernelQuantizer"]
    layers = [tf.keras.Input([inputs])]
    for i, units in enumerate(sizes):
        last = i == len(sizes) - 1
        name = "output" if last else f"fc{i + 1}"
        if kernel is None:
            layers.append(tf.keras.layers.Dense(units, name=name))
        else:
            layers.append(QDense(units, kernel_quantizer=kernel, bias_quantizer=case["biasQuantizer"], name=name))
        after = case["outputActivation"] if last else case["activation"]
        name = "output_activation" if last else f"relu{i + 1}"
        if after is not None:
            layers.append(tf.keras.layers.Activation(after, name=name) if kernel is None else QActivation(after, name=name))
    return tf.keras.Sequential([*layers, tf.keras.layers.Activation("softmax", name="softmax")])


def energy_of(case):
    options = case["options"]
    source = options["sourceQuantizer"]
    if source != "fp32":
        source = get_quantizer(source)
    model = model_of(case)
    fill(model)
    tools = run_qtools.QTools(
        model, process="horowitz", source_quantizers=[source], is_inference=options.get("isInference", False), for_reference=False,
    )
    return tools.pe(
        weights_on_memory=options["weightsOnMemory"], activations_on_memory=options["activationsOnMemory"],
        min_sram_size=options["minSramSize"], rd_wr_on_io=options["rdWrOnIo"],
    )


def operations_of(case):
    """What print_qstats calls the multiplications of each layer."""
    found = {}
    for name, operation in extract_model_operations(model_of(case)).items():
        mode, _, sizes, signs = operation["type"]
        found[name] = f"{'s' if sum(signs) > 0 else 'u'}{mode}_{sizes[0]}_{sizes[1]}"
    return found


def fill(model):
    """Weights that float32 holds exactly, from -50/64 to 50/64; the i-th number of a tensor is ((37 i) mod 101 - 50) / 64."""
    for layer in model.layers:
        shapes = [weight.shape for weight in layer.get_weights()]
        layer.set_weights([((37 * np.arange(np.prod(shape)) % 101 - 50) / 64).reshape(shape) for shape in shapes])


def printed(case):
    model = model_of(case)
    fill(model)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_qstats(model)
    return out.getvalue()


def main():
    cases = []
    for case in NETS:
        try:
            energy = energy_of(case)
            operations = {} if case["kernelQuantizer"] is None else operations_of(case)
        except Exception as error:  # QTools fails on some pairs of formats
            print(f"{case['name']}: {type(error).__name__} {error}", file=sys.stderr)
            continue
        total = energy.pop("total_cost")
        energy = {name: {"energy": row["energy"]} for name, row in energy.items()}
        student = {"printed": printed(case)} if case["name"].startswith("studentQ_MLP") else {}
        cases.append({**case, "energy": {**energy, "total_cost": total}, "operations": operations, **student})
    print("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]")


main()
