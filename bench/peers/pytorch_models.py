"""The networks in PyTorch, as Keras builds them; all end in logits."""
import torchvision
from torch import nn

CLASSES = 5


def mobilenet(alpha):
    """Keras's MobileNet: 13 pairs of a depthwise and a pointwise convolution, each normalised, with ReLU6."""
    def width(channels):
        return int(channels * alpha)

    def convolution(inputs, outputs, kernel, stride, groups=1):
        return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True)]

    pairs = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    channels = width(32)
    layers = convolution(3, channels, 3, 2)
    for outputs, stride in pairs:
        layers += convolution(channels, channels, 3, stride, groups=channels)
        layers += convolution(channels, width(outputs), 1, 1)
        channels = width(outputs)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def small_cnn(image_size):
    side = image_size // 2 // 2
    return nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(64 * side * side, 512), nn.ReLU(), nn.Linear(512, CLASSES))


def vgg16(image_size):
    """As Keras's: its first Dense layer takes what the image leaves, not 7x7 pixels."""
    model = torchvision.models.vgg16(num_classes=CLASSES)
    side = image_size // 32
    model.avgpool = nn.Identity()
    model.classifier[0] = nn.Linear(512 * side * side, 4096)
    return model


FAMILIES = {"ResNet50": torchvision.models.resnet50, "DenseNet121": torchvision.models.densenet121,
            "MobileNetV3Large": torchvision.models.mobilenet_v3_large,
            "EfficientNetB0": torchvision.models.efficientnet_b0, "ConvNeXtTiny": torchvision.models.convnext_tiny}


def build(options):
    if options["model"] in FAMILIES:
        return FAMILIES[options["model"]](num_classes=CLASSES)
    if options["model"] == "InceptionV3":
        return torchvision.models.inception_v3(num_classes=CLASSES, aux_logits=False, init_weights=False)
    if options["model"] == "VGG16":
        return vgg16(options["image_size"])
    if options["model"] == "Xception":
        raise SystemExit("torchvision has no Xception")
    if options["model"] == "MobileNetV2":
        return torchvision.models.mobilenet_v2(num_classes=CLASSES, width_mult=options["alpha"])
    return mobilenet(options["alpha"]) if options["model"] == "MobileNet" else small_cnn(options["image_size"])
