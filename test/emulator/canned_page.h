/*
 * canned_page.h
 *		The rows that canned replies are made of: ten columns of mixed types.
 */
#ifndef EMU_CANNED_PAGE_H
#define EMU_CANNED_PAGE_H

#include "text.h"

typedef struct EmuCannedPage
{
	EmuText		json;			/* what stands in Records, rows as JSON */
	EmuText		csv;			/* the same rows as CSV, in chunks */
	EmuText		csv_first;		/* and with the header */
} EmuCannedPage;

/* ColumnMetadata of the ten columns. */
extern const char emu_canned_columns[];

/* Make a page of so many rows. */
extern EmuCannedPage *emu_canned_page_make(long rows);

/* Free it. */
extern void emu_canned_page_free(EmuCannedPage *page);

#endif							/* EMU_CANNED_PAGE_H */
