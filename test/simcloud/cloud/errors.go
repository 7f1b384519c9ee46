package cloud

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is a refusal of one of the services.
type Error struct {
	// Code is the HTTP status that the service answers with.
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error returns the service's message.
func (e *Error) Error() string { return e.Message }

// IsNotFound tells whether the service doesn't know what was asked for.
func IsNotFound(err error) bool { return Code(err) == http.StatusNotFound }

// IsConflict tells whether the state of something stands against it.
func IsConflict(err error) bool { return Code(err) == http.StatusConflict }

// Code returns the HTTP status of a service's refusal, or 0.
func Code(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func refuse(code int, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func notFound(kind Kind, id string) error {
	return refuse(http.StatusNotFound, "%s %s could not be found.", noun(kind), id)
}

func conflict(format string, args ...any) error {
	return refuse(http.StatusConflict, format, args...)
}

func badRequest(format string, args ...any) error {
	return refuse(http.StatusBadRequest, format, args...)
}
