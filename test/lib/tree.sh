# tree.sh: the private tree: a copy of the server's files, so that
# "make install" goes there and touches nothing of the system.  The server's
# programs find their other directories relative to their own place, and
# pg_config in the copy tells the copy's paths.  Sourced.

# The pg_config of the server to test against.
tree_pg_config() {
	local v

	if [ -n "${PG_CONFIG:-}" ]; then
		command -v "$PG_CONFIG" || die "PG_CONFIG=$PG_CONFIG is no program"
		return
	fi
	v=$(packages_server_version)
	if [ -n "$v" ] && [ -x "/usr/lib/postgresql/$v/bin/pg_config" ]; then
		printf '%s\n' "/usr/lib/postgresql/$v/bin/pg_config"
	else
		command -v pg_config || die "no pg_config: is PostgreSQL installed?"
	fi
}

# Copies the server to $SCRATCH/tree and points PG_CONFIG, BINDIR and PATH to
# the copy.
tree_copy_server() {
	local config tree=$SCRATCH/tree dir

	config=$(tree_pg_config)
	for dir in --bindir --pkglibdir --sharedir --pkgincludedir \
		--includedir-server; do
		dir=$("$config" $dir)
		mkdir -p "$tree$dir"
		cp -a "$dir/." "$tree$dir"
	done
	BINDIR=$tree$("$config" --bindir)
	# Those of the system stay where they are, those of a server that was
	# built from source are beside its programs.
	for dir in --includedir --libdir; do
		[ "$("$BINDIR/pg_config" $dir)" != "$("$config" $dir)" ] || continue
		dir=$("$config" $dir)
		mkdir -p "$tree$dir"
		cp -a "$dir/." "$tree$dir"
	done
	export BINDIR PG_CONFIG="$BINDIR/pg_config" PATH="$BINDIR:$PATH"
}

# Copies the checkout $1, without what a build leaves, to $SCRATCH/$2, and
# makes a home for whoever runs things there.
tree_copy_checkout() {
	mkdir -p "$SCRATCH/$2" "$SCRATCH/home"
	tar -C "$1" -cf - --exclude=.git --exclude='*.o' --exclude='*.so' \
		--exclude='*.bc' --exclude='*.d' --exclude=./tmp_check \
		--exclude=./results --exclude=./output_iso --exclude=./log \
		--exclude=./test/unit/bin --exclude=./test/fuzz/bin \
		--exclude=./test/call/bin --exclude=./test/call/rsdata-call \
		--exclude=./test/emulator/rsdata-emulator \
		. | tar -C "$SCRATCH/$2" --no-same-owner -xf -
}
