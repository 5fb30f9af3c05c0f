/* The pass through one tree for every number of lanes, on one instruction set (ISA, TARGET). */

#define LANES 2
#include "pass.h"
#undef LANES
#define LANES 4
#include "pass.h"
#undef LANES
#define LANES 8
#include "pass.h"
#undef LANES
#define LANES 16
#include "pass.h"
#undef LANES
#define LANES 32
#include "pass.h"
#undef LANES
