/*
 * tri.h
 *		A yes or no that may be unknown.  Zeroed memory says unknown.
 */
#ifndef RSD_BASE_TRI_H
#define RSD_BASE_TRI_H

typedef enum RsdTri
{
	RSD_TRI_UNKNOWN,
	RSD_TRI_NO,
	RSD_TRI_YES
} RsdTri;

#endif							/* RSD_BASE_TRI_H */
