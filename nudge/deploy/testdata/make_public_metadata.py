"""Writes public_metadata.json: TFLite Metadata as the public tools write them, in hexadecimal.

Needs tflite-support 0.4.4 (pip install tflite-support).
"""
import json
import os

import flatbuffers
from tflite_support import metadata_schema_py_generated as schema


def tensor(name):
    made = schema.TensorMetadataT()
    made.name = name
    made.content = schema.ContentT()
    return made


image = tensor("image")
image.content.contentPropertiesType = schema.ContentProperties.ImageProperties
image.content.contentProperties = schema.ImagePropertiesT()
image.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
image.content.contentProperties.defaultSize = schema.ImageSizeT()
image.content.contentProperties.defaultSize.width = 48
image.content.contentProperties.defaultSize.height = 32
unit = schema.ProcessUnitT()
unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
unit.options = schema.NormalizationOptionsT()
unit.options.mean = [127.5]
unit.options.std = [64.25]
image.processUnits = [unit]

scores = tensor("classes")
scores.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
scores.content.contentProperties = schema.FeaturePropertiesT()
labels = schema.AssociatedFileT()
labels.name = "labels.txt"
labels.type = schema.AssociatedFileType.TENSOR_AXIS_LABELS
scores.associatedFiles = [labels]

graph = schema.SubGraphMetadataT()
graph.inputTensorMetadata = [image]
graph.outputTensorMetadata = [scores]
model = schema.ModelMetadataT()
model.name = "flowers"
model.subgraphMetadata = [graph]
model.minParserVersion = "1.0.0"

builder = flatbuffers.Builder(0)
builder.Finish(model.Pack(builder), b"M001")
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "public_metadata.json")
with open(path, "w") as file:
    json.dump({"metadata": bytes(builder.Output()).hex()}, file)
    file.write("\n")
