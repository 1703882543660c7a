/*
 * xml.h
 *		The text of one named element, which is all that SNS, STS and the XML
 *		error bodies need.
 *
 * Not an XML processor: no DTD, no entities but the predefined five and
 * character references, no validation.  Safe on any bytes.
 */
#ifndef RSD_BASE_XML_H
#define RSD_BASE_XML_H

#include "base/buf.h"

/*
 * Finds the first element whose local name (prefix ignored) is name, in
 * document order, and appends its text, entities and CDATA decoded, without
 * the text of child elements.  Comments and processing instructions are
 * stepped over.  False if there is none or the element is not closed; out
 * then may hold a part.  Look at the buffer's own failure as well.
 */
extern bool rsd_xml_find(RsdSlice doc, const char *name,
						 RsdBuf *out) RSD_MUSTCHECK;

#endif							/* RSD_BASE_XML_H */
