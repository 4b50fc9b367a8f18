"""What is trained: models, image sizes, batches and threads."""
import itertools
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Configuration:
    model: str = "MobileNetV2"
    image_size: int = 224
    alpha: float = 1.0
    batch: int = 16
    threads: int = 2

    def network(self):
        width = f" alpha {self.alpha:g}" if self.model in ("MobileNet", "MobileNetV2") else ""
        return f"{self.model} {self.image_size}{width}"

    def __str__(self):
        return f"{self.network()}, batch {self.batch}, {self.threads} thread{'s' if self.threads > 1 else ''}"


HEADLINE = Configuration()

# What the ratios need of nudge beside the headline.
BATCH_1 = replace(HEADLINE, batch=1)
BATCH_64 = replace(HEADLINE, batch=64)
ONE_THREAD = replace(HEADLINE, threads=1)
SCALING = [BATCH_1, BATCH_64, ONE_THREAD]

NETWORKS = [
    Configuration("MobileNetV2", 224, 1.0),
    Configuration("MobileNetV2", 96, 0.35),
    Configuration("MobileNet", 224, 1.0),
    Configuration("small_cnn", 64),
]
FAMILIES = [Configuration(model, 128) for model in ("ResNet50", "InceptionV3", "DenseNet121", "VGG16", "MobileNetV3Large",
                                                    "EfficientNetB0", "Xception", "ConvNeXtTiny")]
BATCHES = (1, 16, 32)
THREADS = (1, 2)


def matrix():
    """Every network at every batch and number of threads, without the headline."""
    for network, threads, batch in itertools.product(NETWORKS, THREADS, BATCHES):
        configuration = replace(network, batch=batch, threads=threads)
        if configuration != HEADLINE:
            yield configuration
