/* One row through one tree, with LANES quadrature nodes: down for weights, up for values (README.md). */

#define V JOIN(JOIN(lanes, LANES), ISA)
typedef double V __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));
#define AT(array, place) (*(V *)((array) + (size_t)(place) * LANES))

TARGET static void JOIN(JOIN(pass, LANES), ISA)(const struct model *m, const struct tree *tree, const double *answers,
                                                 struct scratch *s, double *sums) {
    const struct split *split = m->split + tree->first_split;
    const double *leaf = m->leaf + tree->first_leaf;
    const V t = *(const V *)JOIN(nodes, LANES), none = t - t, all = none + 1.0;
    const V taken[2] = {none, t}, left_out[2] = {all, all - t};
    static const double moves[2][2] = {{0.0, 0.0}, {-1.0, 1.0}}; /* what is asked moves: held less what it weighs */
    uint8_t *holds = s->holds;

    holds[0] = 1;
    AT(s->weight, 0) = *(const V *)JOIN(weights, LANES);
    for (int32_t j = 0; j < tree->splits; j++) {
        const struct split *a = &split[j];
        const int above = holds[a->up];
        const int left = above & (answers[a->question] <= a->threshold), right = above ^ left;
        const V inverse = *(const V *)(m->inverses + (-above & a->inverse));
        const V weight = AT(s->weight, j);
        const V to_left = (taken[left] + left_out[above] * a->toward[above][0]) * inverse;
        const V to_right = (taken[right] + left_out[above] * a->toward[above][1]) * inverse;
        const double moved = moves[above][left] * a->toward[1][left];
        holds[1 + 2 * j] = (uint8_t)left;
        holds[2 + 2 * j] = (uint8_t)right;
        AT(s->weight, a->left) = weight * to_left;
        AT(s->weight, a->right) = weight * to_right;
        AT(s->to_left, j) = to_left;
        AT(s->to_right, j) = to_right;
        AT(s->gain, j) = weight * inverse * inverse * moved;
    }
    for (int32_t l = 0; l <= tree->splits; l++) AT(s->value, tree->splits + l) = none + leaf[l];
    for (int32_t j = tree->splits - 1; j >= 0; j--) {
        const struct split *a = &split[j];
        const V left = AT(s->value, a->left), right = AT(s->value, a->right);
        AT(sums, a->feature) += AT(s->gain, j) * (left - right);
        AT(s->value, j) = AT(s->to_left, j) * left + AT(s->to_right, j) * right;
    }
}

#undef V
#undef AT
