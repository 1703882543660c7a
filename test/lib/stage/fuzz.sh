#!/bin/bash
# Stage fuzz: the corpus of every fuzz target again, then each for five
# seconds, two at a time.
exec make -s --no-print-directory -C "$SRC/test/fuzz" -j2 fuzz SECONDS=5
