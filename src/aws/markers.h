/*
 * markers.h
 *		Where SQL text names parameters: the service's :name markers.
 *
 * The service documents that a marker is a colon and a name, that casts
 * (::type) and comments are none, and refuses parameters that no marker
 * names; what is in a string literal is none (public guide "Calling the Data
 * API", "Running SQL statements with parameters").  It does not document its
 * scanner, so whatever another scanner could see differently is only
 * "perhaps" a marker here.  Nothing is parsed beyond that.
 */
#ifndef RSD_AWS_MARKERS_H
#define RSD_AWS_MARKERS_H

#include "base/slice.h"

typedef enum RsdMarker
{
	RSD_MARKER_END,				/* no more */
	RSD_MARKER_SURE,			/* surely one */
	RSD_MARKER_PERHAPS			/* could be one to somebody */
} RsdMarker;

/* Treat as opaque; lives on the caller's stack. */
typedef struct RsdMarkers
{
	const char *pos;
	const char *end;
	char		before;			/* the byte before pos; a blank at the start */
	int			brackets;		/* open [ */
	bool		lost;			/* quoting is in doubt from here on */
} RsdMarkers;

/*
 * Starts reading sql, which must outlive the walk: any encoding in which no
 * byte of a multibyte character is ASCII.
 */
extern void rsd_markers_open(RsdMarkers *walk, RsdSlice sql);

/*
 * The next marker; *name gets the name in place, without colon: letters a-z
 * and A-Z, digits and underscores, not empty.  Every :name that is a marker
 * to the service comes, in order; of those that come some may be none.
 */
extern RsdMarker rsd_markers_next(RsdMarkers *walk, RsdSlice *name);

/* Are two names of parameters the same, as far as that is certain? */
extern bool rsd_marker_same(RsdSlice a, RsdSlice b);

#endif							/* RSD_AWS_MARKERS_H */
