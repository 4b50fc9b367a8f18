// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

// Where one output row or column reads: two positions and how far it lies from the first to the second.
template <typename Weight>
struct Sample {
  int64_t low;
  int64_t high;
  Weight weight;  // of `high`
};

// Positions in 1/1024, as the integer kernel counts them.
constexpr int32_t kUnit = 1024;

template <class Options>
Options checked(const Preparation& op) {
  const auto options = op.options_or_default<Options>();
  if (options.align_corners && options.half_pixel_centers)
    op.fail("it aligns corners or counts from centers of pixels, not both");
  return options;
}

std::vector<Sample<int32_t>> integer_samples(int64_t in, int64_t out,
                                             const TfLiteResizeBilinearOptions& options) {
  const bool align = options.align_corners && out > 1;
  const int64_t from = align ? in - 1 : in;
  const int64_t to = align ? out - 1 : out;
  const int64_t step = (kUnit * from + to / 2) / to;
  std::vector<Sample<int32_t>> samples;
  for (int64_t i = 0; i < out; ++i) {
    const int64_t at = i * step + (options.half_pixel_centers ? step / 2 - kUnit / 2 : 0);
    const int64_t low = std::max<int64_t>(at / kUnit, 0);
    const int64_t high = std::min<int64_t>((at + kUnit - 1) / kUnit, in - 1);
    samples.push_back(
        {std::min(low, in - 1), std::max<int64_t>(high, 0), static_cast<int32_t>(at - kUnit * low)});
  }
  return samples;
}

std::vector<Sample<float>> float_samples(int64_t in, int64_t out,
                                         const TfLiteResizeBilinearOptions& options) {
  const bool align = options.align_corners && out > 1;
  const float step = align ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                           : static_cast<float>(in) / static_cast<float>(out);
  std::vector<Sample<float>> samples;
  for (int64_t i = 0; i < out; ++i) {
    const auto index = static_cast<float>(i);
    const float at = options.half_pixel_centers ? (index + 0.5F) * step - 0.5F : index * step;
    const auto low = std::clamp<int64_t>(static_cast<int64_t>(std::floor(at)), 0, in - 1);
    const auto high = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(at)), 0, in - 1);
    samples.push_back({low, high, at - static_cast<float>(low)});
  }
  return samples;
}

template <typename Code>
Code blend(Code a, Code b, Code c, Code d, int32_t x, int32_t y) {
  const int64_t sum = int64_t{a} * (kUnit - x) * (kUnit - y) + int64_t{b} * x * (kUnit - y) +
                      int64_t{c} * (kUnit - x) * y + int64_t{d} * x * y;
  constexpr int64_t kWhole = int64_t{kUnit} * kUnit;
  return static_cast<Code>((sum > 0 ? sum + kWhole / 2 : sum - kWhole / 2) / kWhole);
}

// Of reals, and of unsigned codes, which the runtime blends as reals and rounds.
template <typename T>
T blend(T a, T b, T c, T d, float x, float y) {
  // In the reference kernel's order, which decides the last bit.
  const float sum = static_cast<float>(a) * (1 - y) * (1 - x) + static_cast<float>(c) * y * (1 - x) +
                    static_cast<float>(b) * (1 - y) * x + static_cast<float>(d) * y * x;
  return std::is_integral_v<T> ? static_cast<T>(sum + 0.5F) : static_cast<T>(sum);
}

template <typename T, typename Weight>
Kernel bilinear(const Preparation& op, const std::vector<Sample<Weight>>& rows,
                const std::vector<Sample<Weight>>& columns) {
  return [rows, columns, shape = op.input(0).shape, in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const T* input = arrays[in].data<T>();
    T* output = arrays[out].data<T>();
    const int64_t channels = shape[3];
    const int64_t line = shape[2] * channels;
    const auto height = static_cast<int64_t>(rows.size());
    parallel_for(shape[0] * height, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Sample<Weight>& row = rows[static_cast<size_t>(i % height)];
        const T* image = input + i / height * shape[1] * line;
        T* to = output + i * static_cast<int64_t>(columns.size()) * channels;
        for (const Sample<Weight>& column : columns) {
          const T* upper = image + row.low * line;
          const T* lower = image + row.high * line;
          const int64_t left = column.low * channels;
          const int64_t right = column.high * channels;
          for (int64_t c = 0; c < channels; ++c) {
            *to++ = blend(upper[left + c], upper[right + c], lower[left + c], lower[right + c], column.weight,
                          row.weight);
          }
        }
      }
    });
  };
}

std::vector<int64_t> nearest_indexes(int64_t in, int64_t out,
                                     const TfLiteResizeNearestNeighborOptions& options) {
  const bool align = options.align_corners && out > 1;
  const float step = align ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                           : static_cast<float>(in) / static_cast<float>(out);
  const float offset = options.half_pixel_centers ? 0.5F : 0.0F;
  std::vector<int64_t> indexes;
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + offset) * step;
    const float index = options.align_corners ? std::round(at) : std::floor(at);
    indexes.push_back(std::clamp<int64_t>(static_cast<int64_t>(index), 0, in - 1));
  }
  return indexes;
}

template <typename T>
Kernel nearest(const Preparation& op, const std::vector<int64_t>& rows, const std::vector<int64_t>& columns) {
  return [rows, columns, shape = op.input(0).shape, in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    const T* image = arrays[in].data<T>();
    T* to = arrays[out].data<T>();
    for (int64_t n = 0; n < shape[0]; ++n, image += shape[1] * shape[2] * shape[3]) {
      for (const int64_t row : rows) {
        for (const int64_t column : columns)
          to = std::copy_n(image + (row * shape[2] + column) * shape[3], shape[3], to);
      }
    }
  };
}

}  // namespace

Kernel prepare_resize(const Preparation& op) {
  op.expect_rank(op.input(0), 4);
  const Shape shape = op.input(0).shape;
  const std::vector<int32_t> size = op.constant_ints(1);
  if (size.size() != 2 || size[0] < 1 || size[1] < 1 || shape[1] < 1 || shape[2] < 1) {
    op.fail("its size must be two positive numbers, and its input not empty");
  }
  constexpr int32_t kLongestSide = 1 << 20;
  if (std::max(size[0], size[1]) > kLongestSide) op.fail("its size is that of no image");
  op.set_output_shape({shape[0], size[0], size[1], shape[3]});
  const bool integer = op.is_integer_operator();
  if (op.op() == BuiltinOperator::kResizeNearestNeighbor) {
    const auto options = checked<TfLiteResizeNearestNeighborOptions>(op);
    const auto rows = nearest_indexes(shape[1], size[0], options);
    const auto columns = nearest_indexes(shape[2], size[1], options);
    if (!integer) return nearest<float>(op, rows, columns);
    return for_codes(op, op.output(), [&](auto code) { return nearest<decltype(code)>(op, rows, columns); });
  }
  const auto options = checked<TfLiteResizeBilinearOptions>(op);
  const auto bilinear_as = [&]<typename T>(T /*element*/) -> Kernel {
    if constexpr (std::is_signed_v<T> && std::is_integral_v<T>) {
      return bilinear<T>(op, integer_samples(shape[1], size[0], options),
                         integer_samples(shape[2], size[1], options));
    } else {
      return bilinear<T>(op, float_samples(shape[1], size[0], options),
                         float_samples(shape[2], size[1], options));
    }
  };
  return integer ? for_codes(op, op.output(), bilinear_as) : bilinear_as(0.0F);
}

}  // namespace nudge::tflite
