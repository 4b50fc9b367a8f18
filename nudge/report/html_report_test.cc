#include "nudge/report/html_report.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/report/base64.h"

namespace nudge::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

HtmlReport example() {
  return {
      .title = "Flowers <MobileNetV2>",
      .story = {"Trained in float & then with quantization."},
      .models =
          {{.file = "qat.tflite", .kind = "int8", .runtime = "litert", .accuracy = 0.97, .bytes = 2400000}},
      .picture = "",
      .picture_caption = "",
      .ranges = {{.name = "quant_Conv1",
                  .min = -1,
                  .max = 1,
                  .scale = 0.0078,
                  .zero_point = 0,
                  .updates = 10,
                  .distance = 0.001,
                  .converged = true},
                 {.name = "quant_dense",
                  .min = 0,
                  .max = 6,
                  .scale = 0.0235,
                  .zero_point = -128,
                  .updates = 10,
                  .distance = 0.3,
                  .saturation = 0.0625,
                  .converged = false}},
      .settings = {{"epochs", "10 + 2"}}};
}

TEST(HtmlReport, DrawsABarForEachLayer) {
  HtmlReport report;
  report.layers = {{.layer = "conv<1>", .simulated = 30, .file = 15, .own = 20, .note = "wide"}};
  const std::string page = render_html(report);
  EXPECT_THAT(page, HasSubstr("<td>conv&lt;1&gt;</td>"));
  EXPECT_THAT(page, HasSubstr("class=\"simulated\" style=\"width:50.0%\""));
  EXPECT_THAT(page, HasSubstr("class=\"file\" style=\"width:25.0%\""));
  EXPECT_THAT(page, HasSubstr("<td class=\"wrap\">wide</td>"));
  EXPECT_THAT(render_html({}), Not(HasSubstr("<h2>Layers</h2>")));
}

TEST(HtmlReport, HoldsEverySection) {
  const std::string page = render_html(example());
  EXPECT_THAT(page, HasSubstr("<h1>Flowers &lt;MobileNetV2&gt;</h1>"));
  EXPECT_THAT(page, HasSubstr("float &amp; then"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">0.9700</td><td class=\"number\">2.40 MB</td>"));
  EXPECT_THAT(page, HasSubstr("1 of 2 have settled;"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">6.2%</td>"));
  EXPECT_THAT(page, HasSubstr("<td>epochs</td><td>10 + 2</td>"));
}

TEST(HtmlReport, LeavesOutWhatIsEmpty) {
  HtmlReport report;
  report.title = "Empty";
  const std::string page = render_html(report);
  EXPECT_THAT(page, Not(HasSubstr("<h2>")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
}

TEST(HtmlReport, EmbedsThePicture) {
  const fs::path folder = fs::temp_directory_path() / ("nudge_html_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  write_file((folder / "p.png").string(), std::string("PNG"));
  HtmlReport report = example();
  report.picture = (folder / "p.png").string();
  write_html_report(report, (folder / "report.html").string());
  EXPECT_THAT(read_text_file((folder / "report.html").string()), HasSubstr("data:image/png;base64,UE5H\""));
  EXPECT_THROW(write_html_report(report, (folder / "missing" / "report.html").string()), OutputError);
  report.picture = (folder / "none.png").string();
  EXPECT_THROW(render_html(report), InputError);
  fs::remove_all(folder);
}

TEST(HtmlReport, EscapesMarkup) {
  EXPECT_EQ(escape_html("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
}

// The examples of RFC 4648, section 10.
TEST(Base64, AgreesWithTheStandard) {
  const auto encode = [](const std::string& text) { return base64(std::as_bytes(std::span(text))); };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foo"), "Zm9v");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace nudge::report
