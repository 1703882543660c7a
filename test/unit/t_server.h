/*
 * t_server.h
 *	  What a file of src/pg that is compiled into its test takes from a
 *	  server.  Include it behind tap.h, which prints without one.
 */
#ifndef T_SERVER_H
#define T_SERVER_H

#include "postgres.h"

void *
palloc(Size size)
{
	return malloc(size);
}

void *
palloc0(Size size)
{
	return calloc(1, size);
}

void
pfree(void *pointer)
{
	free(pointer);
}

#undef qsort
void
pg_qsort(void *base, size_t n, size_t size,
		 int (*compare_items) (const void *, const void *))
{
	qsort(base, n, size, compare_items);
}
#define qsort(base, n, size, compare) pg_qsort(base, n, size, compare)

#endif							/* T_SERVER_H */
