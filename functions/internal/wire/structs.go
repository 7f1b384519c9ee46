package wire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"google.golang.org/protobuf/types/known/structpb"
)

// toStruct encodes a narrow struct into protobuf, as encoding/json would encode
// it, without a map in between: that is half the cost of a call. What a type
// looks like is worked out once.
//
// It knows what narrow structs are made of: strings, booleans, numbers, slices,
// maps with string keys, pointers, structs and plain JSON values. A type that
// marshals itself (a quantity) is asked to.
func toStruct(body any) (*structpb.Struct, error) {
	v, err := toValue(reflect.ValueOf(body))
	if err != nil {
		return nil, err
	}
	s := v.GetStructValue()
	if s == nil {
		return nil, fmt.Errorf("cannot encode %T: it is not a struct", body)
	}
	return s, nil
}

func toValue(v reflect.Value) (*structpb.Value, error) {
	switch v.Kind() {
	case reflect.String:
		return structpb.NewStringValue(v.String()), nil
	case reflect.Bool:
		return structpb.NewBoolValue(v.Bool()), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return structpb.NewNumberValue(float64(v.Int())), nil
	case reflect.Float64:
		return structpb.NewNumberValue(v.Float()), nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return structpb.NewNullValue(), nil
		}
		return toValue(v.Elem())
	case reflect.Slice:
		return sliceValue(v)
	case reflect.Map:
		return mapValue(v)
	case reflect.Struct:
		return structValue(v)
	default:
		return nil, fmt.Errorf("cannot encode a %s", v.Type())
	}
}

func sliceValue(v reflect.Value) (*structpb.Value, error) {
	if v.IsNil() {
		return structpb.NewNullValue(), nil
	}
	list := &structpb.ListValue{Values: make([]*structpb.Value, v.Len())}
	for i := range list.GetValues() {
		e, err := toValue(v.Index(i))
		if err != nil {
			return nil, err
		}
		list.Values[i] = e
	}
	return structpb.NewListValue(list), nil
}

func mapValue(v reflect.Value) (*structpb.Value, error) {
	if v.IsNil() {
		return structpb.NewNullValue(), nil
	}
	fields := make(map[string]*structpb.Value, v.Len())
	for it := v.MapRange(); it.Next(); {
		e, err := toValue(it.Value())
		if err != nil {
			return nil, err
		}
		fields[it.Key().String()] = e
	}
	return structpb.NewStructValue(&structpb.Struct{Fields: fields}), nil
}

func structValue(v reflect.Value) (*structpb.Value, error) {
	if m, ok := marshaler(v); ok {
		return marshalled(m)
	}
	info := shapeOf(v.Type())
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(info))}
	if err := addFields(out.GetFields(), v, info); err != nil {
		return nil, err
	}
	return structpb.NewStructValue(out), nil
}

func addFields(out map[string]*structpb.Value, v reflect.Value, info []field) error {
	for _, f := range info {
		fv := v.Field(f.index)
		if f.inline {
			if err := addFields(out, fv, shapeOf(fv.Type())); err != nil {
				return err
			}
			continue
		}
		if (f.omitEmpty && isEmpty(fv)) || (f.omitZero && isZero(fv)) {
			continue
		}
		e, err := toValue(fv)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		out[f.name] = e
	}
	return nil
}

// field is how a struct's field is encoded.
type field struct {
	index                       int
	name                        string
	inline, omitEmpty, omitZero bool
}

var shapes sync.Map // reflect.Type → []field

func shapeOf(t reflect.Type) []field {
	if s, ok := shapes.Load(t); ok {
		if known, ok := s.([]field); ok {
			return known
		}
	}
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" || !sf.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		f := field{index: i, name: name, inline: name == "" && sf.Anonymous}
		for o := range strings.SplitSeq(options, ",") {
			f.omitEmpty = f.omitEmpty || o == "omitempty"
			f.omitZero = f.omitZero || o == "omitzero"
		}
		if name == "" {
			f.name = sf.Name
		}
		out = append(out, f)
	}
	shapes.Store(t, out)
	return out
}

// isEmpty is encoding/json's omitempty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	default:
		return v.IsZero()
	}
}

// isZero is encoding/json's omitzero.
func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

func marshaler(v reflect.Value) (json.Marshaler, bool) {
	m, ok := v.Interface().(json.Marshaler)
	return m, ok
}

func marshalled(m json.Marshaler) (*structpb.Value, error) {
	raw, err := m.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("cannot marshal %T: %w", m, err)
	}
	out := &structpb.Value{}
	if err := out.UnmarshalJSON(raw); err != nil {
		return nil, fmt.Errorf("cannot encode %T: %w", m, err)
	}
	return out, nil
}
