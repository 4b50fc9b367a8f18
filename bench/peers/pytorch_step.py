"""Times a training step of torchvision's MobileNetV2, in float or prepared for QAT by PT2E; prints JSON."""
import json
import resource
import sys
import time

import torch
import torchvision

options = json.loads(sys.argv[1])
torch.set_num_threads(options["threads"])
torch.manual_seed(0)

size = options["image_size"]
model = torchvision.models.mobilenet_v2(num_classes=5, width_mult=options["alpha"])
x = (torch.rand(options["batch"], 3, size, size) * 2 - 1).to(memory_format=torch.channels_last)
y = torch.randint(0, 5, (options["batch"],))
model = model.to(memory_format=torch.channels_last).train()
if options["qat"]:
    from torchao.quantization.pt2e import move_exported_model_to_train
    from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
    from torchao.quantization.pt2e.quantizer.x86_inductor_quantizer import (
        X86InductorQuantizer, get_default_x86_inductor_quantization_config)

    exported = torch.export.export(model, (x,)).module()
    quantizer = X86InductorQuantizer().set_global(get_default_x86_inductor_quantization_config(is_qat=True))
    model = prepare_qat_pt2e(exported, quantizer)
    move_exported_model_to_train(model)
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
loss_of = torch.nn.CrossEntropyLoss()


def step():
    optimizer.zero_grad(set_to_none=True)
    loss_of(model(x), y).backward()
    optimizer.step()


for _ in range(3):
    step()
seconds = []
for _ in range(options["steps"]):
    start = time.perf_counter()
    step()
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
