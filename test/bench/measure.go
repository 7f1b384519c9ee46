package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// figures of one function at one size.
type figures struct {
	p50, p95 time.Duration
	// throughput with four clients, in calls a second.
	throughput float64
}

type result struct {
	ours, echo figures
	// ratio of the medians.
	ratio float64
}

const (
	warmUp  = 30
	clients = 4
)

// measure calls both in turn, so that both see the same machine.
func measure(ctx context.Context, ours, echo *server, l load, calls int) (result, error) {
	var a, b []time.Duration
	for i := range warmUp + calls {
		x, err := timed(ctx, ours, l)
		if err != nil {
			return result{}, err
		}
		y, err := timed(ctx, echo, l)
		if err != nil {
			return result{}, err
		}
		if i >= warmUp {
			a, b = append(a, x), append(b, y)
		}
	}
	r := result{ours: percentiles(a), echo: percentiles(b)}
	r.ratio = float64(r.ours.p50) / float64(r.echo.p50)
	var err error
	if r.ours.throughput, err = throughput(ctx, ours, l, calls); err != nil {
		return r, err
	}
	r.echo.throughput, err = throughput(ctx, echo, l, calls)
	return r, err
}

func timed(ctx context.Context, s *server, l load) (time.Duration, error) {
	begin := time.Now()
	if _, err := s.RunFunction(ctx, l.request); err != nil {
		return 0, fmt.Errorf("cannot call: %w", err)
	}
	return time.Since(begin), nil
}

func percentiles(d []time.Duration) figures {
	slices.Sort(d)
	return figures{p50: d[len(d)/2], p95: d[len(d)*95/100]}
}

func throughput(ctx context.Context, s *server, l load, calls int) (float64, error) {
	var wg sync.WaitGroup
	errs := make([]error, clients)
	begin := time.Now()
	for c := range clients {
		wg.Go(func() {
			for range calls / clients {
				if _, err := timed(ctx, s, l); err != nil {
					errs[c] = err
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return float64(calls/clients*clients) / time.Since(begin).Seconds(), nil
}
