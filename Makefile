PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help install

help:
	@echo "make install   Python and Node packages"

install:
	@$(PYTHON) -m tools.install
