#!/bin/bash
# Stage fuzz: the corpus of every fuzz target again, then each for five
# seconds, two at a time.  The seed is the same each time, so that what is green
# stays so until something changes; to find more: make -C test/fuzz fuzz.
exec make -s --no-print-directory -C "$SRC/test/fuzz" -j2 fuzz \
	SECONDS=5 SEED=1
