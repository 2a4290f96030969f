// The works that are written by hand in C++ for jit.py. `lanes` is one vector of 8 samples; the compiler makes of
// it what the machine has. Compiled with -O3 -march=native -ffast-math -fopenmp-simd.

#include <math.h>

#include <algorithm>
#include <cstring>

using lanes = double __attribute__((vector_size(64)));
constexpr int WIDTH = 8;

template <int I, int O, int V>
void forward(const double *p, const lanes (*in)[V], lanes (*out)[V], bool hidden) {
    for (int o = 0; o < O; o++) {
        const double *row = p + o * (I + 1);
        lanes sum[V];
        for (int v = 0; v < V; v++) sum[v] = lanes{} + row[I];
        for (int i = 0; i < I; i++)
            for (int v = 0; v < V; v++) sum[v] += row[i] * in[i][v];
        for (int v = 0; v < V; v++) out[o][v] = hidden ? (sum[v] > 0 ? sum[v] : lanes{}) : sum[v];
    }
}

// Adds to `gradient` and, if it is wanted, makes the cotangents of `in` of those of `out`.
template <int I, int O, int V>
void backward(const double *p, lanes *gradient, const lanes (*in)[V], const lanes (*out)[V], lanes (*wanted)[V]) {
    for (int o = 0; o < O; o++) {
        lanes *row = gradient + o * (I + 1);
        for (int i = 0; i < I; i++) {
            lanes sum = row[i];
            for (int v = 0; v < V; v++) sum += out[o][v] * in[i][v];
            row[i] = sum;
        }
        for (int v = 0; v < V; v++) row[I] += out[o][v];
    }
    for (int i = 0; wanted && i < I; i++) {
        lanes sum[V] = {};
        for (int o = 0; o < O; o++)
            for (int v = 0; v < V; v++) sum[v] += p[o * (I + 1) + i] * out[o][v];
        for (int v = 0; v < V; v++) wanted[i][v] = in[i][v] > 0 ? sum[v] : lanes{};
    }
}

// V vectors of samples, of which the first `count` samples count; returns the sum of their losses.
template <int V>
double block(const double *p, const double *X, const double *y, int count, lanes *gradient) {
    lanes x[2][V] = {}, target[V] = {}, h1[16][V], h2[16][V], z[1][V], d2[16][V], d1[16][V];
    for (int s = 0; s < count; s++) {
        x[0][s / WIDTH][s % WIDTH] = X[2 * s];
        x[1][s / WIDTH][s % WIDTH] = X[2 * s + 1];
        target[s / WIDTH][s % WIDTH] = y[s];
    }
    forward<2, 16, V>(p, x, h1, true);
    forward<16, 16, V>(p + 48, h1, h2, true);
    forward<16, 1, V>(p + 320, h2, z, false);
    double total = 0;
    for (int v = 0; v < V; v++) {
        lanes margin = 1 - target[v] * z[0][v];
        for (int s = 0; s < WIDTH; s++) total += v * WIDTH + s < count ? std::max(margin[s], 0.0) : 0;
        z[0][v] = margin > 0 ? -target[v] : lanes{};  // 0 where the block is filled up, for the target is
    }
    backward<16, 1, V>(p + 320, gradient + 320, h2, z, d2);
    backward<16, 16, V>(p + 48, gradient + 48, h1, d2, d1);
    backward<2, 16, V>(p, gradient, x, d1, nullptr);
    return total;
}

extern "C" double network(const double *p, const double *X, const double *y, long count, double *gradient) {
    static lanes sums[337];
    std::memset(sums, 0, sizeof sums);
    double total = 0;
    long s = 0;
    for (; s + 4 * WIDTH <= count; s += 4 * WIDTH) total += block<4>(p, X + 2 * s, y + s, 4 * WIDTH, sums);
    for (; s < count; s += WIDTH)
        total += block<1>(p, X + 2 * s, y + s, std::min<long>(WIDTH, count - s), sums);
    for (int i = 0; i < 337; i++) {
        gradient[i] = 0;
        for (int lane = 0; lane < WIDTH; lane++) gradient[i] += sums[i][lane] / count;
    }
    return total / count;
}

// Price and the five Greeks of European calls, each an array.
extern "C" void black_scholes(const double *S, const double *K, const double *r, const double *sigma,
                              const double *T, long count, double *out) {
#pragma omp simd
    for (long i = 0; i < count; i++) {
        double root = sqrt(T[i]), spread = sigma[i] * root, discounted = K[i] * exp(-r[i] * T[i]);
        double d = (log(S[i] / K[i]) + (r[i] + sigma[i] * sigma[i] / 2) * T[i]) / spread;
        double delta = erfc(-d * M_SQRT1_2) / 2, reached = erfc((spread - d) * M_SQRT1_2) / 2;
        double vega = S[i] * root * exp(-d * d / 2) * (M_SQRT1_2 * M_2_SQRTPI / 2);
        out[i] = S[i] * delta - discounted * reached;
        out[count + i] = delta;
        out[2 * count + i] = -discounted / K[i] * reached;
        out[3 * count + i] = T[i] * discounted * reached;
        out[4 * count + i] = vega;
        out[5 * count + i] = vega * sigma[i] / (2 * T[i]) + r[i] * discounted * reached;
    }
}
