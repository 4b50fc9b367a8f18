// The nudge program: one sub-command a task; see docs/command-line.md.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/version.h"
#include "nudge/cli/command.h"
#include "nudge/cli/edgetpu_command.h"
#include "nudge/cli/export_command.h"
#include "nudge/cli/manual.h"
#include "nudge/cli/run_command.h"
#include "nudge/cli/signals.h"
#include "nudge/cli/thread_waits.h"
#include "nudge/cli/verify_command.h"
#include "nudge/layers/register.h"
#include "nudge/quantize/register.h"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr int kFound = 3;
constexpr int kSignalled = 128;

// Errors are one line, whatever a message holds.
int fail(const std::string& message, int exit_code = kFailed) {
  std::fprintf(stderr, "nudge: %s\n", nudge::one_line(message).c_str());
  return exit_code;
}

// Output may have been buffered until now, and the disk that it goes to be full.
int finish(int exit_code) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return exit_code;
  return fail("standard output cannot be written: check the disk space");
}

}  // namespace

int main(int argc, char** argv) {
  nudge::cli::shorten_thread_waits(argv);
  nudge::cli::remove_temporaries_on_signals();
  CLI::App app(
      "Quantization-aware training: build, train, quantize, convert to .tflite, and check what the device "
      "gives.",
      "nudge");
  app.require_subcommand(1);
  app.set_version_flag("--version", "nudge " + std::string(nudge::version()));
  app.set_help_all_flag("--help-all", "Help of every command");
  nudge::cli::CommonOptions common;
  nudge::cli::add_demo(app, common);
  nudge::cli::add_run(app, common);
  nudge::cli::add_train(app, common);
  nudge::cli::add_quantize(app, common);
  nudge::cli::add_convert(app, common);
  nudge::cli::add_evaluate(app, common);
  nudge::cli::add_compare(app, common);
  nudge::cli::add_predict(app, common);
  nudge::cli::add_summary(app, common);
  nudge::cli::add_ranges(app, common);
  nudge::cli::add_inspect(app, common);
  nudge::cli::add_export(app, common);
  nudge::cli::add_verify(app, common);
  nudge::cli::add_edgetpu(app, common);
  nudge::cli::add_data(app, common);
  nudge::cli::add_bench(app, common);
  nudge::cli::add_manual(app, common);
  nudge::cli::add_completion(app, common);
  try {
    nudge::layers::register_layers();
    nudge::quantize::register_quantize_layers();
    app.parse(argc, argv);
    return finish(0);
  } catch (const CLI::Success& help) {
    return finish(app.exit(help));
  } catch (const CLI::ParseError& error) {
    return fail(std::string(error.what()) + " (see --help)", kWrongUsage);
  } catch (const nudge::cli::Finding&) {
    return finish(kFound);
  } catch (const nudge::cli::Interrupted& interrupted) {
    return fail(interrupted.what(), kSignalled + interrupted.signal());
  } catch (const std::bad_alloc& error) {
    // Where nudge has asked for it the message says for how much.
    const std::string what = error.what(), known = "out of memory";
    return fail((what.starts_with(known) ? what : known) + "; use smaller images or a smaller batch");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
