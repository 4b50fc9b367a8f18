# Every target does its own set-up (tools/setup.sh) and may be run again at any time.
#   JOBS=N       how many files compile at once
#   TEST_JOBS=N  how many test programs run at once
#   OUT=DIR      where the demo writes
#   PREFIX=DIR   where install puts things
#   FUZZ_SECONDS=N  how long each reader is fuzzed
#   ARGS=...     options of bench-peers and bench-story (their README.md)

JOBS ?= $(shell nproc)
TEST_JOBS ?= 2
OUT ?= demo
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help build install package test demo docs bench bench-accuracy bench-peers bench-story fuzz format lint clean

build_dir := build/release
ccache := $(shell command -v ccache)
# Without it ccache keeps nothing that was compiled with precompiled headers.
export CCACHE_SLOPPINESS := pch_defines,time_macros
started := $(shell date +%s)
say = @printf '== %s\n' "$(1)"
say_elapsed = @printf '== %s after %d s\n' "$(1)" $$(($$(date +%s) - $(started)))

# Quiet unless it fails.
define configure
@mkdir -p build
@cmake --preset release $(if $(ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache) -DNUDGE_BENCHMARKS=$(1) \
  -DNUDGE_UNITY=ON \
  >build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
endef

# $(1): what to compile, as cmake --build takes it.
define compile
@cmake --build $(build_dir) -j $(JOBS) $(1)
@ln -sfn release/bin/nudge build/nudge
endef

help:
	@echo "make build           the program, at build/nudge"
	@echo "make install         into PREFIX (/usr/local), below DESTDIR where that is given"
	@echo "make package         a Debian package, in build/release"
	@echo "make test            builds everything and runs every test"
	@echo "make demo            the whole way on the built-in flowers, into $(OUT)/"
	@echo "make docs            the reference of the library, in build/docs/html"
	@echo "make bench           the project's own benchmarks"
	@echo "make bench-accuracy  whether fused blocks and bfloat16 train as well as plain steps"
	@echo "make bench-peers     training steps beside TensorFlow's and PyTorch's"
	@echo "make bench-story     the article's run beside Keras and TFMOT (bench/story/README.md)"
	@echo "make fuzz            damaged files for every reader, FUZZ_SECONDS each, with clang's sanitizers"
	@echo "make format          clang-format over every source"
	@echo "make lint            formatting, clang-tidy and the repository's own rules"
	@echo "make clean           removes what was built; .venv stays"

build:
	@tools/setup.sh build
	$(call say,building the program with $(JOBS) jobs)
	$(call configure,OFF)
	$(call compile,--target nudge)
	$(call say_elapsed,build/nudge is ready)

test:
	@tools/setup.sh test
	$(call say,building everything with $(JOBS) jobs)
	$(call configure,OFF)
	$(call compile)
	$(call say_elapsed,testing)
	@ctest --test-dir $(build_dir) --output-on-failure -j $(TEST_JOBS)

install: build
	$(call compile,--target package_files)
	@DESTDIR="$(DESTDIR)" cmake --install $(build_dir) --prefix "$(PREFIX)"

package: build
	$(call compile,--target package_files)
	@cd $(build_dir) && cpack -G DEB --config CPackConfig.cmake

docs:
	@tools/setup.sh docs
	@mkdir -p build
	@doxygen tools/reference/Doxyfile
	$(call say,build/docs/html/index.html has the reference)

demo: build
	@tools/setup.sh run
	$(call say,running the demo into $(OUT)/)
	@build/nudge demo --out $(OUT)
	$(call say_elapsed,the demo ended)

bench:
	@tools/setup.sh build
	$(call say,building the benchmarks with $(JOBS) jobs)
	$(call configure,ON)
	$(call compile)
	$(call say,measuring)
	@set -e; for program in $(build_dir)/bin/*_bench; do "$$program"; done

bench-accuracy:
	@tools/setup.sh build
	$(call configure,ON)
	$(call compile)
	@$(build_dir)/bin/accuracy_parity $(ARGS)

bench-peers: build
	@bench/peers/run.sh $(ARGS)

bench-story: build
	@tools/setup.sh run
	@bench/story/run.sh $(ARGS)

fuzz:
	@tools/setup.sh fuzz
	$(call configure,OFF)
	$(call compile,--target make_seeds)
	@mkdir -p build/fuzz
	@cmake --preset fuzz $(if $(ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache) >build/fuzz/configure.log 2>&1 \
	  || { cat build/fuzz/configure.log >&2; exit 1; }
	@cmake --build build/fuzz -j $(JOBS) --target fuzzers
	@tools/fuzz.sh build/fuzz $(build_dir)/bin/make_seeds $(FUZZ_SECONDS)

format:
	@tools/setup.sh lint
	@tools/format.sh

lint:
	@tools/setup.sh lint
	$(call configure,ON)
	$(call compile)
	@tools/lint.sh $(build_dir) $(JOBS)

clean:
	@rm -rf build
