package supervisor

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"syscall"

	"github.com/skerry-dev/skerry/test/devcluster/crossplane"
	"github.com/skerry-dev/skerry/test/devcluster/process"
	"github.com/skerry-dev/skerry/test/devcluster/workload"
)

// A Status says how a development cluster does.
type Status struct {
	// Phase is Starting, Ready, Failed or Stopping.
	Phase string `json:"phase"`
	// Message says why it failed.
	Message string `json:"message,omitempty"`
	// PID is the supervisor's own. SIGTERM stops the cluster as a command does.
	PID      int              `json:"pid"`
	Programs []process.Status `json:"programs"`
	// Impostors are those that stand in the place of functions, with the number of
	// calls that they have answered: a blind one counts those that lacked something.
	Impostors map[string]int64 `json:"impostors,omitempty"`
}

// commands serves what a user may ask for. While the cluster stops it still says so,
// and starts nothing anew.
func (s *Supervisor) commands() http.Handler {
	mux := http.NewServeMux()
	workload.Register(mux, s.work)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(s.status())
	})
	mux.Handle("/crossplane/", passOn("/crossplane", crossplane.MetricsPort))
	mux.Handle("/etcd/", passOn("/etcd", etcdPort))
	mux.Handle("/etcd-workloads/", passOn("/etcd-workloads", workloadEtcdPort))
	mux.HandleFunc("POST /stop", func(w http.ResponseWriter, _ *http.Request) {
		// The end closes this connection, so the answer goes first, and whole.
		w.Header().Set("Content-Length", "0")
		_ = http.NewResponseController(w).Flush()
		s.end()
	})
	mux.HandleFunc("POST /programs/{name}/{command}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.command(r, r.PathValue("name"), r.PathValue("command")); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping() && r.URL.Path != "/status" && r.URL.Path != "/stop" {
			http.Error(w, "the cluster is stopping", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// passOn leads what is below the path to a port.
func passOn(path string, port int) http.Handler {
	there := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}
	return http.StripPrefix(path, httputil.NewSingleHostReverseProxy(there))
}

func (s *Supervisor) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Phase: s.phase, Message: s.message, PID: os.Getpid(), Programs: s.group.Status(), Impostors: map[string]int64{}}
	for name, i := range s.impostors {
		out.Impostors[name] = i.calls.Load()
	}
	return out
}

func (s *Supervisor) stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == Stopping
}

// command does something to a program.
func (s *Supervisor) command(r *http.Request, name, command string) error {
	switch command {
	case "kill":
		return s.group.Signal(name, syscall.SIGKILL)
	case "pause":
		return s.group.Signal(name, syscall.SIGSTOP)
	case "resume":
		return s.group.Signal(name, syscall.SIGCONT)
	case "stop":
		s.group.Stop(name)
		return nil
	case "garbage":
		return s.babble(r.Context(), name, nonsense)
	case "empty":
		return s.babble(r.Context(), name, nothing)
	case "blind":
		return s.blindfold(r.Context(), name, seesNothing)
	case "half-blind":
		return s.blindfold(r.Context(), name, seesHalf)
	case "start":
		s.unmask(name)
		return s.group.Restart(r.Context(), name)
	case "await":
		return s.group.Await(r.Context(), name)
	}
	return fmt.Errorf("there is no command %q: use kill, pause, resume, stop, garbage, empty, blind, half-blind, start or await", command)
}
