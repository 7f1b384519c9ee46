// Command s3 serves the S3 API out of memory, on the listener that it inherits as file 3.
// It is for tests: it believes every signature, but there must be one, by a key that is
// known.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "s3:", err)
		os.Exit(1)
	}
}

func serve() error {
	const inherited = 3
	l, err := net.FileListener(os.NewFile(inherited, "listener"))
	if err != nil {
		return fmt.Errorf("cannot listen on file %d: %w", inherited, err)
	}
	const headers = 10 * time.Second
	server := &http.Server{
		Handler:           &door{inside: gofakes3.New(s3mem.New()).Server(), keys: map[string]bool{}},
		ReadHeaderTimeout: headers,
	}
	return server.Serve(l)
}

// door lets in who signs with a key that is known. Keys are told with
// `POST /-/keys/KEY`.
type door struct {
	inside http.Handler

	mu   sync.Mutex
	keys map[string]bool
}

const keysPath = "/-/keys/"

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if key, ok := strings.CutPrefix(r.URL.Path, keysPath); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.keys[key] = true
		return
	}
	if !d.knows(r) {
		http.Error(w, "<Error><Code>InvalidAccessKeyId</Code></Error>", http.StatusForbidden)
		return
	}
	d.inside.ServeHTTP(w, r)
}

func (d *door) knows(r *http.Request) bool {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	if key == "" {
		key, _, _ = strings.Cut(r.URL.Query().Get("X-Amz-Credential"), "/")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.keys[key]
}
