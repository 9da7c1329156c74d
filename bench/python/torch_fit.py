"""PyTorch on one thread: eager, fused Adam, the usual loop over shuffled batches of tensors in memory."""

import sys

sys.dont_write_bytecode = True  # no __pycache__ among the sources

from protocol import Missing, say, serve  # noqa: E402

try:
    import torch
    from torch import nn
    from torch.nn import functional
    from torch.nn.utils import prune
except ImportError as error:
    say(missing=str(error))
    sys.exit()

torch.set_num_threads(1)
TEMPERATURE, ALPHA = 4.0, 0.1


class QuantizedLinear(nn.Linear):
    """quantized_bits(8,3,alpha=1) of weight and bias: steps of 1/16 from -8 to 8."""

    def forward(self, x):
        weight = torch.fake_quantize_per_tensor_affine(self.weight, 1 / 16, 0, -128, 127)
        bias = torch.fake_quantize_per_tensor_affine(self.bias, 1 / 16, 0, -128, 127)
        return functional.linear(x, weight, bias)


class Quantized(nn.Module):
    """Rounds to whole steps; the gradient is 1 within the range."""

    def __init__(self, step, low, high):
        super().__init__()
        self.arguments = step, 0, low, high

    def forward(self, x):
        return torch.fake_quantize_per_tensor_affine(x, *self.arguments)


def build(sizes, variant, x, y, batch):
    """See serve. Networks with two outputs are those of notebook 06: no ReLU, sigmoid, a small learning rate."""
    if variant not in ("plain", "QAT", "pruned", "QAP", "KD"):
        raise Missing(f"no {variant}")
    demo = sizes[-1] == 2
    quantized = variant in ("QAT", "QAP")
    layers = []
    for inputs, units in zip(sizes, sizes[1:]):
        layers.append((QuantizedLinear if quantized else nn.Linear)(inputs, units))
        if not quantized:
            layers.append(nn.Identity() if demo else nn.ReLU())
        elif demo:
            layers.append(Quantized(1 / 512, -(2**15), 2**15 - 1))  # quantized_bits(16,6)
        else:
            layers.append(Quantized(1 / 32, 0, 255))  # quantized_relu(8,3), whose range starts at 0
    model = nn.Sequential(*layers[:-1])
    pruned = [layer for layer in model if isinstance(layer, nn.Linear)] if variant in ("pruned", "QAP") else []
    for layer in pruned:
        prune.identity(layer, "weight")
    loss_of = _sigmoid_cross_entropy if demo else functional.cross_entropy
    optimizer = torch.optim.Adam(model.parameters(), 1e-5 if demo else 1e-3, fused=True)
    samples, labels = torch.from_numpy(x), torch.from_numpy(y.argmax(axis=1))
    teacher = None
    if variant == "KD":
        # Logits of a teacher that is mostly right.
        teacher = 6 * torch.from_numpy(y) + 2 * torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    steps = 0

    def fit(rows, epochs):
        nonlocal steps
        model.train()
        for _ in range(epochs):
            order = torch.randperm(rows)
            total, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
            for start in range(0, rows, batch):
                if pruned and steps % 100 == 0:
                    _prune(pruned, steps)
                steps += 1
                chosen = order[start : start + batch]
                target = labels[chosen]
                logits = model(samples[chosen])
                if teacher is None:
                    loss = loss_of(logits, target)
                else:
                    loss = _distillation_loss(logits, target, teacher[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(chosen)
                correct += (logits.detach().argmax(1) == target).sum()
            loss, accuracy = total.item() / rows, correct.item() / rows  # what an epoch reports
        return accuracy

    return fit


def _prune(layers, step):
    """Cuts off the smallest weights of each layer, as many as half of them after 100,000 steps (TFMOT: PolynomialDecay)."""
    sparsity = 0.5 - 0.5 * (1 - min(step, 100_000) / 100_000) ** 3
    for layer in layers:
        mask = layer.weight_mask
        more = round(sparsity * mask.numel()) - int((mask == 0).sum())
        if more > 0:
            prune.l1_unstructured(layer, "weight", amount=more)


def _distillation_loss(logits, target, teacher):
    """alpha CE(labels) + (1 - alpha) T^2 KL(teacher || student)."""
    student = functional.log_softmax(logits / TEMPERATURE, 1)
    soft = functional.kl_div(student, functional.softmax(teacher / TEMPERATURE, 1), reduction="batchmean")
    return ALPHA * functional.cross_entropy(logits, target) + (1 - ALPHA) * TEMPERATURE**2 * soft


def _sigmoid_cross_entropy(logits, target):
    """Keras's categorical cross-entropy, which divides the sigmoids by their sum."""
    outputs = torch.sigmoid(logits)
    return functional.nll_loss(torch.log(outputs / outputs.sum(1, keepdim=True)), target)


serve({"torch": torch.__version__}, "one thread", build)
