/*
 * store_post.h
 *	  What is still to be published, its words, and how it went.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_POST_H
#define RSD_PG_STORE_POST_H

#include "pg/outbox.h"
#include "pg/store_written.h"

/*
 * Ended statements whose outcome is still to be published, of each topic the
 * first "most" as they ended: a list of RsdPost * in cx, of which is set what
 * rsd_outbox_add() takes.
 */
extern List *rsd_store_unpublished(MemoryContext cx, int most);

/* The same of one topic. */
extern List *rsd_store_unpublished_to(MemoryContext cx, const RsdTopic *topic,
									  int most);

/*
 * The words to publish about a statement, as UTF-8 in cx, with or without
 * its error's text; always of a size that SNS takes.  False if there is nothing
 * to publish any more.  Raises an error for words that have no UTF-8 form.
 */
extern bool rsd_store_letter(int64 id, bool with_error, MemoryContext cx,
							 RsdLetter *letter);

/* Notes how a publish went; see outbox.h. */
extern RsdWritten rsd_store_posted(const RsdPost *post);

#endif							/* RSD_PG_STORE_POST_H */
