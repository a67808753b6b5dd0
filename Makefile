# Every target does its own set-up; the work is done by the scripts of the same name.

.DEFAULT_GOAL := help
.PHONY: help demo test test-systems test-processors test-mesh test-onednn3 test-parity test-onnx build man lint format clean

# `make SWIFT=/path/to/swift …` chooses a toolchain, `make test FILTER=name` some of the tests,
# `make test-parity MODEL=resnet-50` or `make test-mesh MODEL=resnet-18` one network.
export SWIFT

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## install what is missing, build, train on built-in pictures (about two minutes)
	@scripts/demo.sh

test: ## install what is missing, build without a warning, check the style, run all tests
	@scripts/test.sh $(if $(FILTER),--filter $(FILTER))

test-onednn3: ## run the execution tests with oneDNN 3.x from PyPI (the system's may be 2.x)
	@scripts/setup.sh --tests
	@scripts/test-onednn3.sh

test-systems: ## build and test on Debian 12, 13 and Ubuntu, or `SYSTEM=debian-13` (needs root)
	@scripts/test-systems.sh $(SYSTEM) $(if $(FILTER),--filter $(FILTER))

test-processors: ## run the kernels as on processors without AVX-512 and without AVX, emulated
	@scripts/test-processors.sh $(PROCESSOR)

test-mesh: ## train with two devices of a mesh and compare with one worker (about five minutes)
	@scripts/test-mesh.sh $(MODEL)

test-parity: ## compare every network with PyTorch from PyPI; `make test` does so for narrow ones
	@scripts/test-parity.sh $(MODEL)

test-onnx: ## compare ONNX files of every network with ONNX Runtime from PyPI
	@scripts/test-onnx.sh $(MODEL)

build: ## install what is missing, build the library and the tool: .build/release/tandem
	@scripts/setup.sh
	@scripts/build.sh

man: build ## make manual pages from the help texts: .build/man
	@scripts/man.sh

lint: ## check the style of the Swift and Python files and the shell scripts
	@scripts/lint.sh

format: ## format the Swift and Python files in place
	@scripts/format.sh

clean: ## remove everything that was built
	@rm -rf .build
