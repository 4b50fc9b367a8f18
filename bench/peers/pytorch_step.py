"""Times training steps in PyTorch, in float, prepared for QAT by FX or PT2E, or compiled under autocast to bfloat16;
prints JSON."""
import json
import sys

import torch

from pytorch_models import CLASSES, build
from timing import print_timings


def prepared_by_fx(model, example):
    from torch.ao.quantization import get_default_qat_qconfig_mapping
    from torch.ao.quantization.quantize_fx import prepare_qat_fx

    return prepare_qat_fx(model, get_default_qat_qconfig_mapping("x86"), (example,))


def prepared_by_pt2e(model, example):
    from torchao.quantization.pt2e import move_exported_model_to_train
    from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
    from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
        X86InductorQuantizer, get_default_x86_inductor_quantization_config)

    quantizer = X86InductorQuantizer().set_global(get_default_x86_inductor_quantization_config(is_qat=True))
    prepared = prepare_qat_pt2e(torch.export.export(model, (example,)).module(), quantizer)
    return move_exported_model_to_train(prepared)


PREPARE = {"float": lambda model, example: model, "fx": prepared_by_fx, "pt2e": prepared_by_pt2e,
           "bf16": lambda model, example: torch.compile(model)}


def main():
    options = json.loads(sys.argv[1])
    torch.set_num_threads(options["threads"])
    torch.manual_seed(0)
    size = options["image_size"]
    x = (torch.rand(options["batch"], 3, size, size) * 2 - 1).to(memory_format=torch.channels_last)
    y = torch.randint(0, CLASSES, (options["batch"],))
    model = build(options).to(memory_format=torch.channels_last).train()
    model = PREPARE[options["mode"]](model, x)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    loss_of = torch.nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=options["mode"] == "bf16"):
            loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()

    print_timings(step, options["steps"])


main()
