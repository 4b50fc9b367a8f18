#include "tests/fuzz/seeds.h"

#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/data/image.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/test_jpeg.h"
#include "nudge/data/test_records.h"
#include "nudge/download/test_tar.h"
#include "nudge/keras/archive.h"
#include "nudge/keras/archive_members.h"
#include "nudge/keras/keras_files_test.h"
#include "nudge/keras/model_config.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/test_model.h"
#include "nudge/tflite/writer.h"
#include "tests/fuzz/readers.h"

namespace nudge::fuzz {
namespace {

Bytes bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Json fixture(const std::string& path) {
  const std::string at = std::string(NUDGE_SOURCE_DIR) + "/nudge/" + path;
  return parse_json(read_text_file(at), at);
}

tflite::TfLiteModel convolutions(uint64_t seed) {
  tflite::TestModel test(seed);
  const int32_t image = test.input({1, 6, 6, 4});
  const int32_t kernel = test.weights({3, 3, 3, 4}, 0, true);
  const int32_t convolved = test.product_output(image, kernel, 36);
  test.add(tflite::BuiltinOperator::kConv2d, {image, kernel, test.bias(3, 36)}, {convolved},
           tflite::TfLiteConv2dOptions{});
  const int32_t depthwise = test.weights({1, 3, 3, 3}, 3, true);
  const int32_t filtered = test.product_output(convolved, depthwise, 9);
  test.add(tflite::BuiltinOperator::kDepthwiseConv2d, {convolved, depthwise, test.bias(3, 9)}, {filtered},
           tflite::TfLiteDepthwiseConv2dOptions{});
  const int32_t sum = test.activation();
  test.add(tflite::BuiltinOperator::kAdd, {convolved, filtered}, {sum}, tflite::TfLiteAddOptions{});
  const int32_t mean = test.same_scale(sum);
  test.add(tflite::BuiltinOperator::kMean, {sum, test.ints({1, 2})}, {mean}, tflite::TfLiteReducerOptions{});
  return test.finish();
}

std::vector<Bytes> tflite_seeds() {
  std::vector<Bytes> seeds;
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    const auto bytes = tflite::serialize(convolutions(seed));
    seeds.emplace_back(bytes.begin(), bytes.end());
  }
  return seeds;
}

std::vector<Bytes> config_seeds() {
  std::vector<Bytes> seeds;
  for (const keras::TestModel& test : keras::test_models()) {
    seeds.push_back(bytes_of(dump_json(keras::model_to_json(*test.model))));
  }
  const ModelPtr quantized = quantize::quantize_model(*keras::test_models().front().model);
  seeds.push_back(bytes_of(dump_json(keras::model_to_json(*quantized))));
  const Json keras2 = keras::read_keras2_models();
  for (const auto& [name, model] : keras2.items()) {
    seeds.push_back(bytes_of(dump_json(model.at("keras").at("config"))));
  }
  return seeds;
}

std::vector<Bytes> keras_file_seeds() {
  std::vector<Bytes> seeds;
  const TestFolder folder;
  for (const keras::TestModel& test : keras::test_models()) {
    for (const char* ending : {".keras", ".h5"}) {
      const std::string path = folder.path(test.name + ending);
      keras::save_model(*test.model, path);
      seeds.push_back(read_file(path));
      if (seeds.size() > 6) return seeds;
    }
  }
  return seeds;
}

std::vector<Bytes> hdf5_seeds() {
  std::vector<Bytes> seeds;
  const Json keras2 = keras::read_keras2_models();
  for (const auto& [name, model] : keras2.items()) {
    seeds.push_back(keras::h5_from_json(model.at("keras").at("weights")));
    seeds.push_back(keras::h5_from_json(model.at("h5")));
    if (seeds.size() >= 4) break;
  }
  return seeds;
}

std::vector<Bytes> npy_seeds() {
  std::vector<Bytes> seeds;
  for (const Array& array : {Array::full<float>({2, 3}, 1), Array::full<uint8_t>({2, 4, 4, 3}, 9),
                             Array::of<int64_t>({2}, {0, 1}), Array::scalar<double>(2)}) {
    seeds.push_back(data::encode_npy(array));
  }
  return seeds;
}

std::vector<Bytes> npz_seeds() {
  std::vector<Bytes> seeds;
  const TestFolder folder;
  for (const bool compress : {false, true}) {
    const std::string path = folder.path("a.npz");
    data::write_npz(
        path, {{"x", Array::full<uint8_t>({4, 3, 3, 3}, 7)}, {"y", Array::of<int32_t>({4}, {0, 1, 0, 1})}},
        compress);
    seeds.push_back(read_file(path));
  }
  return seeds;
}

std::vector<Bytes> image_seeds() {
  std::vector<Bytes> seeds;
  for (const Json& picture : fixture("data/testdata/pictures.json")) {
    const auto hex = picture.at("file").get<std::string>();
    Bytes bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    seeds.push_back(std::move(bytes));
  }
  const Array image = Array::full<uint8_t>({6, 5, 3}, 120);
  seeds.push_back(bytes_of(data::encode_png(image)));
  seeds.push_back(bytes_of(data::encode_jpeg(image)));
  seeds.push_back(bytes_of(data::with_orientation(data::encode_jpeg(image), 6, true)));
  return seeds;
}

std::vector<Bytes> tf_record_seeds() {
  std::string file;
  for (int i = 0; i < 4; ++i) {
    file += data::labelled_record(data::encode_png(Array::full<uint8_t>({6, 5, 3}, static_cast<uint8_t>(i))),
                                  i % 2);
  }
  return {bytes_of(file)};
}

std::vector<Bytes> tf_example_seeds() {
  const std::string picture = data::encode_jpeg(Array::full<uint8_t>({6, 5, 3}, 120));
  return {bytes_of(data::tf_example(
              {{"image", data::bytes_feature(picture)}, {"label", data::integer_feature(0)}})),
          bytes_of(data::tf_example({{"image", data::bytes_feature(picture)},
                                     {"image/filename", data::bytes_feature("a.jpg")},
                                     {"label", data::integer_feature(300)}}))};
}

std::vector<Bytes> tar_seeds() {
  std::vector<Bytes> seeds;
  const TestFolder folder;
  const std::string path = folder.path("a.tar"),
                    picture = data::encode_png(Array::full<uint8_t>({6, 5, 3}, 9));
  for (const char* format : {"ustar", "gnutar", "pax"}) {
    download::write_tar(path, {{"1.png", picture}, {"1.cls", "0"}, {"2.png", picture}, {"2.cls", "1"}},
                        format);
    seeds.push_back(read_file(path));
  }
  return seeds;
}

std::vector<Bytes> texts(const std::vector<const char*>& all) {
  std::vector<Bytes> seeds;
  for (const char* text : all) seeds.push_back(bytes_of(text));
  return seeds;
}

std::vector<Bytes> csv_seeds() {
  return texts({"path,label,split\na.png,tulips,train\n\"b, c.png\",\"dai\"\"sy\",test\n",
                "a.png,0\r\nb.png,1\r\nb.png,2\r\n"});
}

std::vector<Bytes> idx_seeds() {
  std::vector<Bytes> seeds = {bytes_of(std::string("\0\0\x08\x02\0\0\0\x02\0\0\0\x03", 12) + "abcdef"),
                              bytes_of(std::string("\0\0\x0D\x01\0\0\0\x01\x3f\xc0\0\0", 12))};
  // The second as gzip packs it.
  seeds.push_back(bytes_of(std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03", 10) +
                           std::string("\x01\x0c\x00\xf3\xff", 5) +
                           std::string("\0\0\x0D\x01\0\0\0\x01\x3f\xc0\0\0", 12) +
                           std::string("\x9b\x0e\xd7\x9d\x0c\x00\x00\x00", 8)));
  return seeds;
}

std::vector<Bytes> spec_seeds() {
  return texts({"cosine:end=0.1,warmup=2", "piecewise:at=3/6,factors=1/0.1/0.01", "one_cycle:rise=0.3",
                R"({"name": "step", "every": 10, "factor": 0.1})",
                "early_stopping:monitor=val_loss,patience=3", "adamw:weight_decay=0.01,beta_1=0.9",
                "sgd:momentum=0.9,nesterov=true", "every", "12", "dense:100,relu,50,tanh",
                "flip,shift=0.1,zoom=0.2", "0.0078431373,-1", "conv.*|(dense_[0-9]+)?"});
}

std::vector<Bytes> quantize_config_seeds() {
  return texts({R"({"scheme": "nudge", "ema_decay": 0.99, "range_init": [-6, 6], "quantize_others": false,
      "layers": [{"match": "conv.*", "quantize": true, "quantizers": {
        "weights": {"kernel": {"class_name": "LastValueQuantizer",
                               "config": {"per_axis": true, "symmetric": true, "narrow_range": true}}},
        "output": {"class_name": "MovingAverageQuantizer", "config": {"decay": 0.99, "debias": true}}}},
      {"match": "dense", "quantize": false}]})"});
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all{
      {"tflite", read_tflite, tflite_seeds},
      {"evaluator", read_evaluator, tflite_seeds},
      {"keras_config", read_keras_config, config_seeds, true},
      {"keras_file", read_keras_file, keras_file_seeds},
      {"hdf5", read_hdf5, hdf5_seeds},
      {"npy", read_npy, npy_seeds},
      {"npz", read_npz, npz_seeds},
      {"image", read_image, image_seeds},
      {"tf_records", read_tf_records, tf_record_seeds},
      {"tf_example", read_tf_example, tf_example_seeds},
      {"tar", read_tar, tar_seeds},
      {"csv", read_csv, csv_seeds},
      {"idx", read_idx, idx_seeds},
      {"spec", read_spec, spec_seeds},
      {"quantize_config", read_quantize_config, quantize_config_seeds, true},
  };
  return all;
}

}  // namespace nudge::fuzz
