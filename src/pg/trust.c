/*
 * trust.c
 *	  Whose certificates a worker's connections go by.
 *
 * The transport reads the file when it connects and keeps what it has read
 * for long, so a change is noticed here.
 */
#include "postgres.h"

#include "pg/guc.h"
#include "pg/trust.h"

void
rsd_trust_note(RsdTrust *trust)
{
	memset(trust, 0, sizeof(RsdTrust));
	strlcpy(trust->path, rsd_guc()->ca_bundle, sizeof(trust->path));
	if (trust->path[0] != '\0' && stat(trust->path, &trust->file) != 0)
		memset(&trust->file, 0, sizeof(trust->file));
}

bool
rsd_trust_holds(const RsdTrust *trust)
{
	const struct stat *was = &trust->file;
	RsdTrust	now;

	rsd_trust_note(&now);
	return strcmp(trust->path, now.path) == 0 &&
		was->st_dev == now.file.st_dev && was->st_ino == now.file.st_ino &&
		was->st_size == now.file.st_size &&
		was->st_mtim.tv_sec == now.file.st_mtim.tv_sec &&
		was->st_mtim.tv_nsec == now.file.st_mtim.tv_nsec;
}
