"""Keras 2 (tf-keras), QKeras and TFMOT, as their documentation trains: compile, then model.fit."""

import os
import sys
from importlib.metadata import version

sys.dont_write_bytecode = True  # no __pycache__ among the sources
os.environ["TF_USE_LEGACY_KERAS"] = "1"  # QKeras and TFMOT know Keras 2 only
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from protocol import Missing, say, serve  # noqa: E402

try:
    import numpy as np
    import tensorflow as tf
    import tf_keras as keras
except ImportError as error:
    say(missing=str(error))
    sys.exit()

KERNEL = "quantized_bits(8,3,alpha=1)"
TEMPERATURE, ALPHA = 4.0, 0.1


def build(sizes, variant, x, y, batch):
    """See serve. Networks with two outputs are those of notebook 06: no ReLU, sigmoid, a small learning rate."""
    demo = sizes[-1] == 2
    if variant in ("QAT", "QAP"):
        layers = _quantized(sizes, demo)
    elif variant in ("plain", "pruned", "KD"):
        layers = _plain(sizes, demo, "linear" if variant == "KD" else None)
    else:
        raise Missing(f"no {variant}")
    model = keras.Sequential([keras.Input((sizes[0],)), *layers])
    callbacks, loss, metrics = [], "categorical_crossentropy", ["accuracy"]
    if variant in ("pruned", "QAP"):
        from tensorflow_model_optimization.sparsity.keras import (
            PolynomialDecay,
            UpdatePruningStep,
            prune_low_magnitude,
        )

        model = prune_low_magnitude(model, PolynomialDecay(0, 0.5, 0, 100_000, frequency=100))
        callbacks = [UpdatePruningStep()]
    if variant == "KD":
        # Logits of a teacher that is mostly right.
        teacher = 6 * y + np.random.default_rng(1).normal(0, 2, y.shape).astype(np.float32)
        y = np.concatenate([y, teacher], axis=1)
        loss, metrics = _distillation_loss(sizes[-1]), [_label_accuracy(sizes[-1])]
    model.compile(keras.optimizers.Adam(1e-5 if demo else 1e-3), loss, metrics=metrics)

    def fit(rows, epochs):
        options = dict(batch_size=batch, epochs=epochs, verbose=0, callbacks=callbacks)
        return model.fit(x[:rows], y[:rows], **options).history["accuracy"][-1]

    return fit


def _plain(sizes, demo, output):
    hidden = [keras.layers.Dense(units, None if demo else "relu") for units in sizes[1:-1]]
    return [*hidden, keras.layers.Dense(sizes[-1], output or ("sigmoid" if demo else "softmax"))]


def _quantized(sizes, demo):
    from qkeras import QActivation, QDense

    layers = []
    for units in sizes[1:]:
        layers.append(QDense(units, kernel_quantizer=KERNEL, bias_quantizer=KERNEL))
        layers.append(QActivation("quantized_bits(16,6)" if demo else "quantized_relu(8,3)"))
    layers[-1] = keras.layers.Activation("sigmoid" if demo else "softmax")
    return layers


def _distillation_loss(classes):
    """alpha CE(labels) + (1 - alpha) T^2 KL(teacher || student) on logits; targets are [labels | teacher's logits]."""

    def loss(targets, logits):
        labels, teacher = targets[:, :classes], targets[:, classes:]
        hard = tf.nn.softmax_cross_entropy_with_logits(labels, logits)
        soft = keras.losses.kl_divergence(
            tf.nn.softmax(teacher / TEMPERATURE), tf.nn.softmax(logits / TEMPERATURE)
        )
        return ALPHA * hard + (1 - ALPHA) * TEMPERATURE**2 * soft

    return loss


def _label_accuracy(classes):
    def accuracy(targets, logits):
        return keras.metrics.categorical_accuracy(targets[:, :classes], logits)

    return accuracy


names = ("tensorflow", "tf-keras", "qkeras", "tensorflow-model-optimization")
serve({name: version(name) for name in names}, "TensorFlow's own number of threads", build)
