package simcloud

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// Handler serves a cloud to Clients. Whoever reaches it may do everything.
func Handler(c *cloud.Cloud) http.Handler {
	h := handler{c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /report", answer(h.report))
	mux.HandleFunc("GET /resources", answer(h.list))
	mux.HandleFunc("POST /resources", answer(h.create))
	mux.HandleFunc("PATCH /resources/{kind}/{id}", answer(h.update))
	mux.HandleFunc("DELETE /resources/{kind}/{id}", answer(h.delete))
	mux.HandleFunc("GET /events", answer(h.events))
	mux.HandleFunc("GET /faults", answer(h.faults))
	mux.HandleFunc("POST /faults", answer(h.fail))
	mux.HandleFunc("DELETE /faults", answer(h.heal))
	mux.HandleFunc("GET /profile", answer(h.profile))
	mux.HandleFunc("PUT /profile", answer(h.setProfile))
	return mux
}

type handler struct{ cloud *cloud.Cloud }

// answer writes what a function returns as JSON, and an error as a cloud.Error.
func answer[T any](f func(*http.Request) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := f(r)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			code := cmp.Or(cloud.Code(err), http.StatusBadRequest)
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(cloud.Error{Code: code, Message: err.Error()})
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	}
}

type nothing struct{}

func decode[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	return v, d.Decode(&v)
}

func (h handler) report(*http.Request) (cloud.Report, error) { return h.cloud.Report() }

func (h handler) list(r *http.Request) ([]cloud.Resource, error) {
	q := r.URL.Query()
	return h.cloud.List(cloud.Filter{
		Kind: cloud.Kind(q.Get("kind")), Name: q.Get("name"), Project: q.Get("project"), Owner: q.Get("owner"), OwnerUID: q.Get("uid"),
	}), nil
}

func (h handler) create(r *http.Request) (cloud.Resource, error) {
	s, err := decode[cloud.Spec](r)
	if err != nil {
		return cloud.Resource{}, err
	}
	return h.cloud.Create(s)
}

func (h handler) update(r *http.Request) (cloud.Resource, error) {
	attributes, err := decode[map[string]any](r)
	if err != nil {
		return cloud.Resource{}, err
	}
	return h.cloud.Update(cloud.Kind(r.PathValue("kind")), r.PathValue("id"), attributes)
}

func (h handler) delete(r *http.Request) (nothing, error) {
	return nothing{}, h.cloud.Delete(cloud.Kind(r.PathValue("kind")), r.PathValue("id"))
}

func (h handler) events(r *http.Request) ([]cloud.Event, error) {
	since, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("since"), "0"))
	if err != nil {
		return nil, err
	}
	return h.cloud.Events(since), nil
}

func (h handler) faults(*http.Request) ([]cloud.Fault, error) { return h.cloud.Faults(), nil }

func (h handler) fail(r *http.Request) (cloud.Fault, error) {
	f, err := decode[cloud.Fault](r)
	if err != nil {
		return f, err
	}
	f.ID, err = h.cloud.Fail(f)
	return f, err
}

func (h handler) heal(r *http.Request) (nothing, error) {
	return nothing{}, h.cloud.Heal(r.URL.Query().Get("id"))
}

func (h handler) profile(*http.Request) (cloud.Profile, error) { return h.cloud.Profile(), nil }

func (h handler) setProfile(r *http.Request) (cloud.Profile, error) {
	p, err := decode[cloud.Profile](r)
	if err != nil {
		return p, err
	}
	return p, h.cloud.SetProfile(p)
}
