#include "nudge/tflite/graph_signature.h"

#include <schema_generated.h>

#include <algorithm>
#include <cstdint>

namespace nudge::tflite {

namespace {

using Names = flatbuffers::Vector<flatbuffers::Offset<fbs::TensorMap>>;

bool are_the(const Names* names, const flatbuffers::Vector<int32_t>* tensors) {
  std::vector<int64_t> named, own;
  for (uint32_t i = 0; names != nullptr && i < names->size(); ++i)
    named.push_back(names->Get(i)->tensor_index());
  for (uint32_t i = 0; tensors != nullptr && i < tensors->size(); ++i) own.push_back(tensors->Get(i));
  std::ranges::sort(named);
  std::ranges::sort(own);
  return named == own;
}

}  // namespace

void drop_foreign_signatures(std::vector<std::byte>& model) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(model.data());
  flatbuffers::Verifier verifier(bytes, model.size());
  if (model.size() < 8 || !fbs::ModelBufferHasIdentifier(bytes) || !fbs::VerifyModelBuffer(verifier)) return;
  auto* file = flatbuffers::GetMutableRoot<fbs::Model>(model.data());
  const auto* signatures = file->signature_defs();
  if (signatures == nullptr || signatures->size() == 0 || file->subgraphs() == nullptr) return;
  const fbs::SignatureDef& first = *signatures->Get(0);
  if (first.subgraph_index() >= file->subgraphs()->size()) return;
  const fbs::SubGraph& graph = *file->subgraphs()->Get(first.subgraph_index());
  if (are_the(first.inputs(), graph.inputs()) && are_the(first.outputs(), graph.outputs())) return;
  // The vector's length stands before its elements.
  const auto offset = reinterpret_cast<const uint8_t*>(signatures) - bytes;
  flatbuffers::WriteScalar<uint32_t>(reinterpret_cast<uint8_t*>(model.data()) + offset, 0);
}

}  // namespace nudge::tflite
