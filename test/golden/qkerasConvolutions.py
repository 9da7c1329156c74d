"""Computes qkeras-convolutions.json with QKeras 0.9.0: python qkerasConvolutions.py > qkeras-convolutions.json"""
import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
import qkeras.utils
from qkeras import QBatchNormalization, QConv2D, QConv2DBatchnorm, QDepthwiseConv2D, QDepthwiseConv2DBatchnorm
from qkeras.quantizers import get_quantizer

random = np.random.default_rng(6)
layers = tf.keras.layers


def draw(*shape, scale=1.0):
  return np.round(random.normal(size=shape) * scale, 3).astype(np.float32)


def tensor(values):
  values = np.asarray(values, np.float32)
  return {"shape": list(values.shape), "data": [float(str(value)) for value in values.ravel()]}  # the shortest that is this float32


def quantizers():
  kernel = draw(2, 2, 3, 4, scale=0.6)
  names = [name for alpha in ("auto", "auto_po2") for name in (
      f"quantized_bits(4,0,alpha='{alpha}')", f"quantized_bits(3,1,alpha='{alpha}',scale_axis=2)",
      f"binary(alpha='{alpha}')", f"ternary(alpha='{alpha}')")]
  cases = []
  for name in names:
    quantizer = get_quantizer(name)
    output = quantizer(tf.constant(kernel)).numpy()
    cases.append({"quantizer": name, "output": tensor(output), "scale": tensor(quantizer.scale)})
  return {"kernel": tensor(kernel), "cases": cases}


def layer_case(layer, x, weights):
  layer.build(x.shape)
  layer.set_weights(weights)
  with tf.GradientTape() as tape:
    y = layer(tf.constant(x))
    loss = tf.reduce_sum(y * y)
  gradients = tape.gradient(loss, layer.trainable_weights)
  return {"x": tensor(x), "weights": [tensor(weight) for weight in weights], "output": tensor(y),
          "gradients": [tensor(gradient) for gradient in gradients]}


def convolutions():
  x = draw(2, 5, 6, 3)
  cases = []
  for name, args, kernel in (
      ("QConv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"}, (3, 3, 3, 4)),
      ("QConv2D", {"filters": 2, "kernel_size": [2, 3], "padding": "valid"}, (2, 3, 3, 2)),
      ("QConv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "padding": "same"}, (2, 2, 3, 2)),
      ("QDepthwiseConv2D", {"kernel_size": 3, "strides": 2, "padding": "same"}, (3, 3, 3, 1)),
      ("QDepthwiseConv2D", {"kernel_size": 2, "depth_multiplier": 2, "padding": "valid"}, (2, 2, 3, 2))):
    cls, role = (QConv2D, "kernel") if name == "QConv2D" else (QDepthwiseConv2D, "depthwise")
    outputs = kernel[3] if name == "QConv2D" else kernel[2] * kernel[3]
    for quantizer in ("quantized_bits(4,0)", "quantized_bits(5,1,alpha=1)"):
      layer = cls(**args, **{f"{role}_quantizer": quantizer}, bias_quantizer="quantized_bits(6,1)",
                  activation="quantized_relu(6,2)")
      case = layer_case(layer, x, [draw(*kernel, scale=0.5), draw(outputs, scale=0.5)])
      cases.append({"layer": name, "args": args, "quantizer": quantizer, **case})
  return cases


def normalizations():
  cases = []
  for args in ({}, {"gamma_quantizer": None, "beta_quantizer": None, "mean_quantizer": None, "variance_quantizer": None},
               {"gamma_quantizer": "quantized_bits(8,3,alpha=1)", "beta_quantizer": "quantized_bits(8,3)",
                "mean_quantizer": "quantized_bits(8,3)", "variance_quantizer": "quantized_bits(8,3,alpha=1)",
                "momentum": 0.8, "epsilon": 0.01}):
    x = draw(3, 2, 2, 4, scale=2.0) + np.float32(0.5)
    layer = QBatchNormalization(**args)
    layer.build(x.shape)
    weights = [np.abs(draw(4)) + np.float32(0.1), draw(4), draw(4), np.abs(draw(4)) + np.float32(0.2)]
    layer.set_weights(weights)
    inference = layer(tf.constant(x), training=False)
    with tf.GradientTape() as tape:
      inputs = tf.constant(x)
      tape.watch(inputs)
      training = layer(inputs, training=True)
      loss = tf.reduce_sum(training * training * tf.constant(np.arange(training.shape.num_elements()).reshape(x.shape), tf.float32))
    gradients = tape.gradient(loss, [inputs, *layer.trainable_weights])
    cases.append({"args": args, "x": tensor(x), "weights": [tensor(weight) for weight in weights], "inference": tensor(inference),
                  "training": tensor(training), "moving": [tensor(weight) for weight in layer.get_weights()[2:]],
                  "gradients": [tensor(gradient) for gradient in gradients]})
  return cases


def folded():
  x = draw(2, 5, 5, 3)
  cases = []
  for name, cls, args, role, kernel in (
      ("QConv2D", QConv2DBatchnorm, {"filters": 4, "kernel_size": 2}, "kernel", (2, 2, 3, 4)),
      ("QDepthwiseConv2D", QDepthwiseConv2DBatchnorm, {"kernel_size": 2, "depth_multiplier": 2}, "depthwise", (2, 2, 3, 2))):
    quantizers = {f"{role}_quantizer": "quantized_bits(5,1,alpha='auto')", "bias_quantizer": "quantized_bits(8,3)"}
    layer = cls(**args, **quantizers)
    layer(tf.constant(x))
    features = kernel[3] if name == "QConv2D" else kernel[2] * kernel[3]
    weights = [draw(*kernel, scale=0.5), draw(features), draw(features), draw(features), draw(features),
               np.abs(draw(features)) + np.float32(0.2)]
    norm = layer.batchnorm
    variables = [getattr(layer, "kernel" if role == "kernel" else "depthwise_kernel"), layer.bias,
                 norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance]
    for variable, weight in zip(variables, weights):
      variable.assign(weight)
    cases.append({"layer": name, "args": {**args, **quantizers}, "x": tensor(x), "weights": [tensor(weight) for weight in weights],
                  "output": tensor(layer(tf.constant(x), training=False))})
  return cases


def without_modules(value):
  """A config as older versions of Keras wrote it, for which QKeras 0.9 was made."""
  if isinstance(value, list):
    return [without_modules(item) for item in value]
  if not isinstance(value, dict):
    return value
  return {key: without_modules(item) for key, item in value.items() if key not in ("module", "registered_name", "build_config")}


def model_quantization():
  from_json = qkeras.utils.quantized_model_from_json
  qkeras.utils.quantized_model_from_json = lambda text, objects=None: from_json(
      json.dumps(without_modules(json.loads(text))), objects)
  model = tf.keras.Sequential([
      layers.Conv2D(4, 3, strides=2, activation="relu", input_shape=(8, 8, 2), name="first"),
      layers.BatchNormalization(name="norm"),
      layers.DepthwiseConv2D(2, name="second"),
      layers.Activation("relu", name="act"),
      layers.ReLU(name="rectifier"),
      layers.Activation("tanh", name="curve"),
      layers.Flatten(name="flat"),
      layers.Dense(5, activation="tanh", use_bias=False, name="hidden"),
      layers.Dense(3, activation="softmax", name="output")])
  weights = [draw(*weight.shape, scale=0.5) for weight in model.get_weights()]
  weights[5] = np.abs(weights[5]) + np.float32(0.1)
  model.set_weights(weights)
  x = draw(3, 8, 8, 2)
  bits = {"kernel_quantizer": "quantized_bits(4,0,alpha=1)", "bias_quantizer": "quantized_bits(6,1)"}
  config = {
      "QConv2D": bits,
      "QDepthwiseConv2D": {"depthwise_quantizer": "quantized_bits(5,0,alpha=1)", "bias_quantizer": "quantized_bits(6,1)"},
      "QDense": {"kernel_quantizer": "ternary(alpha=1)"},
      "output": {"kernel_quantizer": "quantized_bits(8,0,alpha=1)"},
      "QActivation": {"relu": "quantized_relu(4,2)"},
      "QBatchNormalization": {"mean_quantizer": "quantized_bits(6,1)"},
  }
  quantized = qkeras.utils.model_quantize(model, config, 6, transfer_weights=True)
  described = []
  for layer in quantized.layers:
    names = [str(quantizer) for quantizer in layer.get_quantizers()] if hasattr(layer, "get_quantizers") else []
    activation = getattr(layer, "activation", None)
    described.append({"name": layer.name, "className": layer.__class__.__name__, "quantizers": names,
                      "activation": getattr(activation, "__name__", str(activation))})
  return {"weights": [tensor(weight) for weight in weights], "x": tensor(x), "output": tensor(quantized(x)), "layers": described}


json.dump({"quantizers": quantizers(), "convolutions": convolutions(), "normalizations": normalizations(),
           "folded": folded(), "modelQuantize": model_quantization()}, sys.stdout, separators=(",", ":"))
