/*
 * column_names.h
 *	  Labels of a result's columns made unique.
 */
#ifndef RSD_PG_COLUMN_NAMES_H
#define RSD_PG_COLUMN_NAMES_H

/*
 * Replaces repeated labels in names[0 .. n-1] by label_2, label_3, ...: the
 * first of equal labels keeps its name, and no new name equals any label.
 * New names are palloc'd in CurrentMemoryContext; the old strings are kept.
 */
extern void rsd_column_names_unique(char **names, int n);

#endif							/* RSD_PG_COLUMN_NAMES_H */
