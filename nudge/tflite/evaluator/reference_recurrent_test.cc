// LSTM and SVDF against LiteRT's reference kernels.  Its C interface reads no file with variables, so they
// run on the interpreter of its Python package.
#include <cstring>
#include <functional>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/base/test_python.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/evaluator/reference_kernels_test.h"
#include "nudge/tflite/writer.h"

namespace nudge::tflite {
namespace {

using Op = BuiltinOperator;

int32_t pick(TestModel& model, int32_t low, int32_t high) {
  return low + static_cast<int32_t>(model.random().below(static_cast<uint64_t>(high - low + 1)));
}
bool heads(TestModel& model) { return pick(model, 0, 1) == 1; }

struct Sizes {
  int64_t batches, steps, inputs, cells, outputs;
  bool projects, has_input_gate, time_major;
};

Sizes sizes(TestModel& model) {
  Sizes s{pick(model, 1, 3), pick(model, 1, 6), pick(model, 1, 20), pick(model, 1, 20), 0,
          heads(model),      heads(model),      heads(model)};
  s.outputs = s.projects ? pick(model, 1, 12) : s.cells;
  return s;
}

Shape sequence(const Sizes& s) {
  return s.time_major ? Shape{s.steps, s.batches, s.inputs} : Shape{s.batches, s.steps, s.inputs};
}

// Weights or biases of the four gates, in their order; none of an input gate that there is not.
template <typename Make>
std::vector<int32_t> of_gates(const Sizes& s, const Make& make) {
  std::vector<int32_t> all{s.has_input_gate ? make() : -1};
  while (all.size() < 4) all.push_back(make());
  return all;
}

void append(std::vector<int32_t>& to, const std::vector<int32_t>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void float_lstm(TestModel& model) {
  const Sizes s = sizes(model);
  const auto floats = [&](Shape shape) { return [&model, shape] { return model.floats(shape); }; };
  std::vector<int32_t> inputs{model.input(sequence(s), TensorType::kFloat32)};
  append(inputs, of_gates(s, floats({s.cells, s.inputs})));
  append(inputs, of_gates(s, floats({s.cells, s.outputs})));
  const bool peepholes = heads(model), normalized = heads(model);
  const auto peephole = [&] { return peepholes ? model.floats({s.cells}) : -1; };
  append(inputs, {s.has_input_gate ? peephole() : -1, peephole(), peephole()});
  append(inputs, of_gates(s, floats({s.cells})));
  append(inputs, {s.projects ? model.floats({s.outputs, s.cells}) : -1,
                  s.projects && heads(model) ? model.floats({s.outputs}) : -1});
  append(inputs, {model.variable({s.batches, s.outputs}, TensorType::kFloat32),
                  model.variable({s.batches, s.cells}, TensorType::kFloat32)});
  if (normalized) append(inputs, of_gates(s, floats({s.cells})));
  const TfLiteUnidirectionalSequenceLstmOptions options{FusedActivation::kTanh, heads(model) ? 1.5F : 0,
                                                        s.projects && heads(model) ? 0.8F : 0, s.time_major};
  model.add(Op::kUnidirectionalSequenceLstm, inputs, {model.activation(TensorType::kFloat32)}, options);
}

void hybrid_lstm(TestModel& model) {
  const Sizes s = sizes(model);
  const auto codes = [&](Shape shape) { return [&model, shape] { return model.weights(shape, 0, false); }; };
  std::vector<int32_t> inputs{model.input(sequence(s), TensorType::kFloat32)};
  append(inputs, of_gates(s, codes({s.cells, s.inputs})));
  append(inputs, of_gates(s, codes({s.cells, s.outputs})));
  append(inputs, {-1, -1, -1});
  append(inputs, of_gates(s, [&] { return model.floats({s.cells}); }));
  append(inputs, {s.projects ? model.weights({s.outputs, s.cells}, 0, false) : -1, -1});
  append(inputs, {model.variable({s.batches, s.outputs}, TensorType::kFloat32),
                  model.variable({s.batches, s.cells}, TensorType::kFloat32)});
  TfLiteUnidirectionalSequenceLstmOptions options{FusedActivation::kTanh, 0, 0, s.time_major};
  options.asymmetric_quantize_inputs = heads(model);
  model.add(Op::kUnidirectionalSequenceLstm, inputs, {model.activation(TensorType::kFloat32)}, options);
}

void integer_lstm(TestModel& model) {
  const Sizes s = sizes(model);
  const auto codes = [&](Shape shape) { return [&model, shape] { return model.weights(shape, 0, false); }; };
  std::vector<int32_t> inputs{model.input(sequence(s))};
  append(inputs, of_gates(s, codes({s.cells, s.inputs})));
  append(inputs, of_gates(s, codes({s.cells, s.outputs})));
  append(inputs, {-1, -1, -1});
  append(inputs, of_gates(s, [&] { return model.bias(s.cells, s.inputs); }));
  append(inputs, {s.projects ? model.weights({s.outputs, s.cells}, 0, false) : -1,
                  s.projects && heads(model) ? model.bias(s.outputs, s.cells) : -1});
  const Quantization state = per_tensor(1.0F / 100, pick(model, -20, 20));
  append(inputs, {model.variable({s.batches, s.outputs}, TensorType::kInt8, state),
                  model.variable({s.batches, s.cells}, TensorType::kInt16,
                                 per_tensor(1.0F / static_cast<float>(1 << pick(model, 9, 15)), 0))});
  std::vector<int32_t> intermediates;
  for (int i = 0; i < 4; ++i)
    intermediates.push_back(model.activation(per_tensor(1.0F / 4096, 0), TensorType::kInt16));
  intermediates.push_back(
      model.activation(s.projects ? per_tensor(1.0F / 127, pick(model, -20, 20)) : state, TensorType::kInt8));
  const TfLiteUnidirectionalSequenceLstmOptions options{FusedActivation::kTanh, heads(model) ? 1.5F : 0,
                                                        s.projects && heads(model) ? 0.8F : 0, s.time_major};
  model.add(Op::kUnidirectionalSequenceLstm, inputs, {model.activation(state)}, options, intermediates);
}

void svdf(TestModel& model) {
  const int64_t batches = pick(model, 1, 3), depth = pick(model, 1, 30), rank = pick(model, 1, 2),
                units = pick(model, 1, 12), memory = pick(model, 1, 10);
  const int32_t x = model.input({batches, depth});
  const int32_t features = model.weights({units * rank, depth}, 0, false);
  Array times({units * rank, memory}, DataType::kInt16);
  for (int16_t& value : times.span<int16_t>()) value = static_cast<int16_t>(pick(model, -30000, 30000));
  const int32_t time_weights = model.constant(times, per_tensor(1.0F / 32768, 0));
  const int32_t state =
      model.variable({batches, units * rank * memory}, TensorType::kInt16, per_tensor(1.0F / 2048, 0));
  model.add(Op::kSvdf, {x, features, time_weights, model.bias(units, depth), state},
            {model.activation(per_tensor(1.0F / 16, pick(model, -30, 30)))},
            TfLiteSvdfOptions{static_cast<int32_t>(rank), FusedActivation::kRelu});
}

struct Kind {
  const char* name;
  void (*build)(TestModel&);
  double tolerance;
};

// The runtime's own tanh() and logistic() are approximations, and each step of floats takes the last one's;
// codes of hybrid states may differ by one for that.
constexpr Kind kKinds[] = {{"float LSTM", float_lstm, 2e-5},
                           {"hybrid LSTM", hybrid_lstm, 0.01},
                           {"int8 LSTM", integer_lstm, 0},
                           {"SVDF", svdf, 0}};

std::vector<Array> inputs_of(const TfLiteModel& model, Random& random) {
  std::vector<Array> inputs;
  for (const int32_t index : model.main().inputs)
    inputs.push_back(random_array(model.main().tensors[static_cast<size_t>(index)], random));
  return inputs;
}

std::vector<Array> read_outputs(const std::string& path, const std::vector<Array>& like) {
  const std::vector<std::byte> bytes = read_file(path);
  std::vector<Array> outputs;
  size_t at = 0;
  for (const Array& one : like) {
    Array& output = outputs.emplace_back(one.shape(), one.type());
    if (at + output.byte_size() > bytes.size()) throw std::runtime_error(path + ": too short");
    std::memcpy(output.bytes(), bytes.data() + at, output.byte_size());
    at += output.byte_size();
  }
  EXPECT_EQ(at, bytes.size()) << path;
  return outputs;
}

// One run of Python for all: starting it takes longer than all they compute.
void compare_seeds(uint64_t first, uint64_t end) {
  if (!python_has({"ai_edge_litert", "numpy"})) GTEST_SKIP() << "no LiteRT in .venv; make test installs it";
  const TestFolder folder;
  std::vector<std::vector<Array>> ours;
  for (uint64_t seed = first; seed < end; ++seed) {
    for (const Kind& kind : kKinds) {
      TestModel made(seed);
      kind.build(made);
      const TfLiteModel model = made.finish();
      Random random(seed + 1000);
      const std::vector<Array> inputs = inputs_of(model, random);
      const std::string path = folder.path(std::to_string(ours.size()));
      write_file(path + ".tflite", serialize(model));
      std::string values;
      for (const Array& input : inputs)
        values.append(reinterpret_cast<const char*>(input.bytes()), input.byte_size());
      write_file(path + ".in", values);
      ours.push_back(Evaluator(model).run(inputs));
    }
  }
  const ScriptResult result =
      run_python({NUDGE_SOURCE_DIR "/nudge/tflite/testdata/run_interpreter.py", folder.path()});
  ASSERT_EQ(result.status, 0) << result.output;
  for (size_t i = 0; i < ours.size(); ++i) {
    const Kind& kind = kKinds[i % std::size(kKinds)];
    SCOPED_TRACE(kind.name + (" of seed " + std::to_string(first + i / std::size(kKinds))));
    expect_same_outputs(ours[i], read_outputs(folder.path(std::to_string(i) + ".out"), ours[i]),
                        kind.tolerance);
  }
}

TEST(ReferenceRecurrent, AgreesWithTheInterpreter) { compare_seeds(0, 24); }

// As tflite_seeds_test runs it: see NUDGE_EACH_SEED.
TEST(DISABLED_SeedsOfRecurrent, AgreeWithTheInterpreter) { compare_seeds(24, 200); }

}  // namespace
}  // namespace nudge::tflite
