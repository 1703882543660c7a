#!/bin/bash
# Stage unit: the C unit tests.
exec make -s --no-print-directory -C "$SCRATCH/unit" unit
