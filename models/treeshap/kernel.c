/* Exact TreeSHAP by quadrature: what each feature adds to the raw score of a row. README.md derives it.

   Everything is plain IEEE double arithmetic in a fixed order, compiled without fused operations, and
   vector lanes never meet before the last sum; so the instruction set changes the time and no bit. */

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "nodes.h"

#if defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0
#error "other flags than build.py's: this arithmetic rounds otherwise, and its method has another name"
#endif

/* How a question is asked of a row: whatever it is, the answer becomes a number held against a threshold. */
enum { ZERO_IF_MISSING, LEFT_IF_MISSING, RIGHT_IF_MISSING, LEFT_IF_ZERO, RIGHT_IF_ZERO, IN_SET };

struct question {
    int32_t feature, mode;
    int32_t first_word, words; /* of the set, in `sets`; 32 codes a word */
};

/* One split. `toward` is indexed by whether all asked of its feature above holds, and by branch, the left
   one first: what the branch leaves of the feature's weight; or, where it does not hold, its share of it. */
struct split {
    double threshold;
    double toward[2][2];
    int32_t question, feature;
    int32_t left, right; /* places: splits first, then leaves */
    int32_t up;          /* the edge above that asked of the same feature; 0 where there is none */
    int32_t inverse;     /* where 1/f of that edge stands in `inverses`; 0 where there is none: ones */
};

struct tree {
    int32_t splits, first_split, first_leaf, lanes;
};

struct model {
    int32_t features, questions, trees, most_splits, most_lanes;
    const struct question *question;
    const uint32_t *sets;
    const struct tree *tree; /* of equal lanes beside each other */
    const struct split *split;
    const double *leaf;
    const double *inverses;
};

#define ALWAYS -INFINITY /* at most any threshold */
#define NEVER NAN        /* and this at most none */
#define BLOCK 16 /* rows that go through one tree while its splits are near */

/* What LightGBM takes for zero when it reads a row of numbers: its bound is a float, a little above 1e-35. */
static double as_read(double x) { return fabs(x) <= (double)1e-35f ? 0.0 : x; }

/* Without branches, as all that is asked of a row: they would be guessed wrong for every other person. */
static int is_member(double x, const uint32_t *set, int32_t words) {
    const int listed = (x > -1.0) & (x < 32.0 * words); /* not for NaN */
    const int32_t code = listed ? (int32_t)x : 0;
    return listed & (int)(set[code >> 5] >> (code & 31));
}

static double answer(const struct question *q, const uint32_t *sets, double given) {
    const double x = as_read(given);
    switch (q->mode) { /* questions stand ordered by mode */
    case ZERO_IF_MISSING: return ((const double[]){x, 0.0})[isnan(x)];
    case LEFT_IF_MISSING: return ((const double[]){x, ALWAYS})[isnan(x)];
    case RIGHT_IF_MISSING: return x; /* NaN is NEVER */
    case LEFT_IF_ZERO: return ((const double[]){x, ALWAYS})[isnan(x) | (x == 0.0)];
    case RIGHT_IF_ZERO: return ((const double[]){x, NEVER})[x == 0.0];
    default: return ((const double[]){NEVER, ALWAYS})[is_member(x, sets + q->first_word, q->words)];
    }
}

/* Memory of one call: calls share nothing. */
struct scratch {
    double *weight, *value, *to_left, *to_right, *gain; /* lanes for each place of a tree */
    double *answers;                                    /* of each row of a block */
    double *sums;                                       /* per row of a block and feature: lanes */
    uint8_t *holds;                                     /* per edge: whether all asked of its feature holds */
};

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)

#define ISA _baseline
#define TARGET
#include "passes.h"
#undef ISA
#undef TARGET

#if defined(__x86_64__)
#define ISA _avx2
#define TARGET __attribute__((target("avx2")))
#include "passes.h"
#undef ISA
#undef TARGET

#define ISA _avx512
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#include "passes.h"
#undef ISA
#undef TARGET
#endif

typedef void (*pass)(const struct model *, const struct tree *, const double *, struct scratch *, double *);

static pass pass_of(int32_t isa, int32_t lanes) {
#define CHOOSE(isa)                                                                                                    \
    switch (lanes) {                                                                                                   \
    case 2: return JOIN(pass2, isa);                                                                                   \
    case 4: return JOIN(pass4, isa);                                                                                   \
    case 8: return JOIN(pass8, isa);                                                                                   \
    case 16: return JOIN(pass16, isa);                                                                                 \
    default: return JOIN(pass32, isa);                                                                                 \
    }
#if defined(__x86_64__)
    if (isa == 2) CHOOSE(_avx512)
    if (isa == 1) CHOOSE(_avx2)
#endif
    (void)isa;
    CHOOSE(_baseline)
}

/* The digest of the source this was compiled from, so that an older library is not taken for it. */
#ifndef SOURCES
#define SOURCES ""
#endif
const char *sources(void) { return SOURCES; }

/* The best instruction set of this machine: 0 baseline, 1 AVX2, 2 AVX-512. */
int32_t best_isa(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return 2;
    if (__builtin_cpu_supports("avx2")) return 1;
#endif
    return 0;
}

/* The quadrature nodes on 0..1 that go with so many lanes. */
const double *nodes_of(int32_t lanes) {
    switch (lanes) {
    case 2: return nodes2;
    case 4: return nodes4;
    case 8: return nodes8;
    case 16: return nodes16;
    default: return nodes32;
    }
}

/* Numbers of a whole cache line each, so that no array shares one with the next. */
static size_t lines(size_t numbers) { return (numbers + 7) / 8 * 8; }

/* Take the memory of a call that explains blocks of so many rows; null where there is none. */
static double *take_scratch(const struct model *m, int64_t rows, struct scratch *s) {
    const size_t places = 2 * (size_t)m->most_splits + 1;
    const size_t vectors = lines(places * (size_t)m->most_lanes);
    const size_t answers = lines((size_t)rows * (size_t)m->questions);
    const size_t sums = lines((size_t)rows * (size_t)m->features * (size_t)m->most_lanes);
    double *all = aligned_alloc(64, (5 * vectors + answers + sums + lines(places)) * sizeof(double));
    s->weight = all;
    s->value = s->weight + vectors;
    s->to_left = s->value + vectors;
    s->to_right = s->to_left + vectors;
    s->gain = s->to_right + vectors;
    s->answers = s->gain + vectors;
    s->sums = s->answers + answers;
    s->holds = (uint8_t *)(s->sums + sums);
    return all;
}

/* Add up the lanes of trees that had equally many, in their order. */
static void fold(const struct model *m, int32_t lanes, int64_t rows, const double *sums, double *contributions) {
    for (int64_t r = 0; r < rows; r++)
        for (int32_t f = 0; f < m->features; f++) {
            double sum = 0.0;
            for (int32_t k = 0; k < lanes; k++) sum += sums[(r * m->features + f) * lanes + k];
            contributions[r * m->features + f] += sum;
        }
}

static void explain_block(const struct model *m, const double *row, int64_t rows, int32_t isa, struct scratch *s,
                          double *contributions) {
    for (int64_t r = 0; r < rows; r++)
        for (int32_t q = 0; q < m->questions; q++)
            s->answers[r * m->questions + q] =
                answer(&m->question[q], m->sets, row[r * m->features + m->question[q].feature]);
    memset(contributions, 0, sizeof(double) * (size_t)(rows * m->features));
    for (int32_t i = 0; i < m->trees;) {
        const int32_t lanes = m->tree[i].lanes;
        const pass through = pass_of(isa, lanes);
        memset(s->sums, 0, sizeof(double) * (size_t)(rows * m->features * lanes));
        for (; i < m->trees && m->tree[i].lanes == lanes; i++)
            for (int64_t r = 0; r < rows; r++)
                through(m, &m->tree[i], s->answers + r * m->questions, s, s->sums + r * m->features * lanes);
        fold(m, lanes, rows, s->sums, contributions);
    }
}

/* Explain n rows: contributions times `slope`, and `base` with them added one after the other.
   `rows` and `contributions` hold n times `features` numbers, `log_odds` n. Returns 0, or 1 for want of memory. */
int32_t explain(const struct model *m, const double *rows, int64_t n, double slope, double base, int32_t isa,
                double *contributions, double *log_odds) {
    struct scratch s;
    double *taken = take_scratch(m, n < BLOCK ? n : BLOCK, &s);
    for (int64_t first = 0; taken && first < n; first += BLOCK) {
        const int64_t some = n - first < BLOCK ? n - first : BLOCK;
        double *given = contributions + first * m->features;
        explain_block(m, rows + first * m->features, some, isa, &s, given);
        for (int64_t r = 0; r < some; r++) {
            double sum = base;
            for (int32_t f = 0; f < m->features; f++) sum += given[r * m->features + f] *= slope;
            log_odds[first + r] = sum;
        }
    }
    free(taken);
    return !taken;
}
