#include "nudge/layers/attention_heads.h"

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"

namespace nudge::layers {
namespace {

using ops::ValueId;

class Heads {
 public:
  Heads(ops::Expansion& call, const AttentionHeads& heads) : call_(call), make_(call), heads_(heads) {}

  ValueId attend() {
    const ValueId query = call_.inputs()[0], value = call_.inputs()[1], key = call_.inputs().back();
    const Shape shape = call_.shape(query);
    const int64_t queries = shape[1];
    const int64_t share = heads_.query_heads / heads_.heads;
    ValueId q = projected(query, "query", heads_.query_heads * heads_.key_dim);
    q = make_.affine(q, 1.0 / std::sqrt(static_cast<double>(heads_.key_dim)), 0.0, "scaled_query");
    q = split(q, heads_.query_heads, heads_.key_dim);
    // The queries of a group stand one after the other before their common head.
    q = make_.reshape(q, {shape[0], heads_.heads, share * queries, heads_.key_dim});
    const ValueId k =
        split(projected(key, "key", heads_.heads * heads_.key_dim), heads_.heads, heads_.key_dim);
    const ValueId v =
        split(projected(value, "value", heads_.heads * heads_.value_dim), heads_.heads, heads_.value_dim);
    ValueId weights =
        make_.apply(ops::Function::kSoftmax, make_.batch_matmul(q, k, true, "scores"), "weights");
    if (heads_.dropout > 0.0) weights = call_.add(ops::Dropout{.rate = heads_.dropout}, {weights});
    ValueId mixed = make_.batch_matmul(weights, v, false, "mixed");
    mixed = make_.reshape(mixed, {shape[0], heads_.query_heads, queries, heads_.value_dim});
    mixed = make_.reshape(make_.transpose(mixed, {0, 2, 1, 3}),
                          {shape[0], queries, heads_.query_heads * heads_.value_dim});
    return product(mixed, "output", weight_columns(heads_.prefix + "output_dense/kernel"), "");
  }

 private:
  int64_t weight_columns(const std::string& name) { return call_.shape(call_.weight(name)).back(); }

  // x (batch, steps, features) through a dense layer whose kernel has its heads apart.
  ValueId product(ValueId x, const std::string& which, int64_t columns, const std::string& place) {
    std::vector<ValueId> inputs{
        x, call_.weight(heads_.prefix + which + "_dense/kernel", {call_.shape(x).back(), columns})};
    if (heads_.use_bias) inputs.push_back(call_.weight(heads_.prefix + which + "_dense/bias", {columns}));
    return call_.add(ops::MatMul{}, std::move(inputs), place);
  }

  ValueId projected(ValueId x, const std::string& which, int64_t columns) {
    return product(x, which, columns, which);
  }

  // (batch, steps, heads * dim) -> (batch, heads, steps, dim)
  ValueId split(ValueId x, int64_t heads, int64_t dim) {
    const Shape& shape = call_.shape(x);
    return make_.transpose(make_.reshape(x, {shape[0], shape[1], heads, dim}), {0, 2, 1, 3});
  }

  ops::Expansion& call_;
  Arithmetic make_;
  const AttentionHeads& heads_;
};

}  // namespace

ValueId attend(ops::Expansion& call, const AttentionHeads& heads) { return Heads(call, heads).attend(); }

const Shape& attention_query(const std::string& where, const std::vector<Shape>& inputs) {
  if (inputs.size() < 2 || inputs.size() > 3) {
    throw ShapeError(where + "expected a query, a value and perhaps a key");
  }
  for (const Shape& input : inputs) {
    if (input.size() != 3) throw ShapeError(where + "expected sequences, given shape " + to_string(input));
  }
  return inputs.front();
}

}  // namespace nudge::layers
