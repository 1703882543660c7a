/*
 * catalog.h
 *		The operations that list what the database holds.
 */
#ifndef EMU_CATALOG_H
#define EMU_CATALOG_H

#include "world.h"

/*
 * ListDatabases, ListSchemas, ListTables and DescribeTable: connect, ask,
 * fill reply. May take as long as the database does.
 */
extern void emu_catalog_databases(EmuWorld *world, EmuVisit *visit,
								  EmuReply *reply);
extern void emu_catalog_schemas(EmuWorld *world, EmuVisit *visit,
								EmuReply *reply);
extern void emu_catalog_tables(EmuWorld *world, EmuVisit *visit,
							   EmuReply *reply);
extern void emu_catalog_describe(EmuWorld *world, EmuVisit *visit,
								 EmuReply *reply);

#endif							/* EMU_CATALOG_H */
