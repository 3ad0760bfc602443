/* Any processor: plain C, vectors of four. */
#include "level.h"

#include "simd_portable.h"
#include "level_body.h"

const hw_level hw_level_portable = LEVEL_TABLE("portable");
