/*
 * launcher.h
 *	  The process that starts one worker per database that needs one.
 *
 * It is connected to no database and sees shared catalogs only, so it cannot
 * know who has the extension: it sends a probe to each database once when it
 * starts, and afterwards acts on wishes and due times.
 */
#ifndef RSD_PG_LAUNCHER_H
#define RSD_PG_LAUNCHER_H

#include "pg/compat.h"

/* Registers the launcher with the postmaster; only while preloading. */
extern void rsd_launcher_register(void);

/* The process; called by the postmaster, by name. */
extern PGDLLEXPORT void rsdata_launcher_main(Datum arg);

#endif							/* RSD_PG_LAUNCHER_H */
