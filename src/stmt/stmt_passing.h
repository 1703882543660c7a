/*
 * stmt_passing.h
 *	  Which failures that Redshift reports may pass: the same statement, run
 *	  again, may do.
 */
#ifndef RSD_STMT_PASSING_H
#define RSD_STMT_PASSING_H

#include <stdbool.h>

/* The words of option retry_on, as bits. */
#define RSD_CAUSE_SERIALIZATION	1u
#define RSD_CAUSE_CONNECTION	2u

/*
 * Is the error text (UTF-8, NULL is none) of a statement that Redshift
 * reported as failed one of these causes?  Only such texts count that leave
 * nothing committed.
 */
extern bool rsd_passing(const char *words, unsigned causes);

/*
 * May this SQL commit by itself, so that an error that comes after it in the
 * same transaction does not undo what came before?  Goes by its words: rather
 * true than false.
 */
extern bool rsd_passing_commits(const char *sql);

#endif							/* RSD_STMT_PASSING_H */
